"""Writes the NPY files of this folder with numpy: python write.py"""
import numpy

w = numpy.array([[1, -2, 3, 0], [-128, 127, 5, -6], [0, 0, 7, 1]])
numpy.save("int8.npy", w.astype(numpy.int8))
numpy.save("int16_fortran.npy", numpy.asfortranarray(w.astype(numpy.int16)))
numpy.save("int32_big_endian.npy", w.astype(">i4"))
numpy.save("int64.npy", w)
numpy.save("uint8.npy", abs(w).clip(0, 127).astype(numpy.uint8))
numpy.save("bool.npy", w > 0)
numpy.save("float32.npy", w.astype(numpy.float32))
numpy.save("three_dimensions.npy", w.astype(numpy.int8).reshape(3, 2, 2))
numpy.save("vector.npy", w.astype(numpy.int8).ravel())
numpy.save("empty.npy", numpy.zeros((0, 4), numpy.int8))
numpy.save("too_large.npy", w * 2)
numpy.savetxt("table.csv", w, fmt="%d", delimiter=",", header="three rows of four")
with open("version_2.npy", "wb") as file:
    numpy.lib.format.write_array(file, w.astype(numpy.int8), version=(2, 0))

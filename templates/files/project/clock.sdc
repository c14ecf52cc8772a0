# {{ mhz }} MHz for {{ top }}. Written by holigen {{ version }}.
create_clock -name clk -period {{ period }} [get_ports {clk}]
# The pins of the frame are slow and not what is measured.
set_false_path -from [get_ports {serial_in}]
set_false_path -to [get_ports {serial_out}]

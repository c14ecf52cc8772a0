"""Line plots as SVG for the pages that bench/run makes: the same points give the same bytes."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
VENV = HERE.parent / ".tools" / "venv"


def matplotlib():
    """The pinned matplotlib, from .tools/venv, which ./test makes; installed there if it is not yet."""
    wanted = (HERE / "requirements.txt").read_text().split("matplotlib==")[1].split()[0]
    sys.path[:0] = [str(p) for p in VENV.glob("lib/python3*/site-packages") if str(p) not in sys.path]
    try:
        import matplotlib
        if matplotlib.__version__ == wanted:
            return matplotlib
    except ImportError:
        pass
    pip = VENV / "bin" / "pip"
    if not pip.exists():
        raise SystemExit(f"error: {VENV} is not there: ./test makes it")
    command = [pip, "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"]
    subprocess.run(command, check=True)
    if pathlib.Path(sys.prefix) == VENV:
        raise SystemExit("error: matplotlib is there now: once more, please")
    # Into a fresh interpreter: this one may hold another version already.
    raise SystemExit(subprocess.run([VENV / "bin" / "python", *sys.argv]).returncode)


def lines(path, series, xlabel, ylabel, title="", xlog=False, ylog=False, xticks=None, marks=(),
          guides=(), outside=False):
    """Writes a line plot to `path`.

    series: {legend: [(x, y), ...]} in the order of the legend; a y of None leaves a gap.
    xlog, ylog: a logarithmic axis (base 2 for x, 10 for y).
    xticks: where x is labelled; by default where matplotlib likes to.
    marks: [(y, text), ...] dashed horizontal lines, e.g. a limit.
    guides: [(legend, [(x, y), ...]), ...] dashed lines without points, e.g. what can't be passed.
    outside: the legend beside the plot, where it would hide something.
    """
    matplotlib_module = matplotlib()
    matplotlib_module.use("svg")
    # Text stays text; names inside the file from a fixed salt; no date.
    matplotlib_module.rcParams.update({"svg.hashsalt": "holigen", "svg.fonttype": "none", "font.family": "sans-serif",
                                       "font.size": 10, "axes.grid": True, "grid.alpha": 0.3})
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    shapes = "osD^vPX*<>"
    for i, (label, points) in enumerate(series.items()):
        x = [p[0] for p in points]
        y = [float("nan") if p[1] is None else p[1] for p in points]
        # Colours and shapes come again after ten, then dashed.
        style = "-" if i < len(shapes) else "--"
        axes.plot(x, y, style, marker=shapes[i % len(shapes)], markersize=5, label=label)
    for label, points in guides:
        axes.plot(*zip(*points), "--", color="black", linewidth=1, label=label)
    if xlog:
        axes.set_xscale("log", base=2)
    if ylog:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if xticks is not None:
        axes.set_xticks(xticks, [str(x) for x in xticks])
        axes.minorticks_off()
    for y, text in marks:
        axes.axhline(y, linestyle="--", color="gray")
        axes.annotate(text, (1, y), xycoords=("axes fraction", "data"), ha="right", va="bottom", color="gray")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title)
    if len(series) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1)) if outside or len(series) > len(shapes) else axes.legend()
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)

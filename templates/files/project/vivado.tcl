# Vivado: builds {{ top }} (the core {{ module }} between registers) for {{ part }} and reports.
# Written by holigen {{ version }}. Run it with
#   vivado -mode batch -source {{ module }}_vivado.tcl
# It needs no pins: the frame is built out of context. Reports go to build/.
set here [file dirname [file normalize [info script]]]
set out [file join $here build]
set period {{ period }}

file mkdir $out
read_verilog [file join $here {{ module }}.v]
read_verilog [file join $here {{ top }}.v]
read_xdc -mode out_of_context [file join $here {{ module }}.xdc]

synth_design -top {{ top }} -part {{ part }} -mode out_of_context
opt_design
place_design
phys_opt_design
route_design

report_utilization -file [file join $out utilization.rpt]
report_utilization -hierarchical -file [file join $out utilization_hierarchical.rpt]
report_timing_summary -file [file join $out timing_summary.rpt]
report_timing -max_paths 10 -file [file join $out timing.rpt]
write_checkpoint -force [file join $out {{ top }}.dcp]

# The clock that the routed design reaches: the period less the slack of its slowest path.
set slack [get_property SLACK [get_timing_paths -setup -max_paths 1]]
set reached [expr {1000.0 / ($period - $slack)}]
puts [format "holigen: %.1f MHz reached, {{ mhz }} MHz asked for, slack %.3f ns" $reached $slack]

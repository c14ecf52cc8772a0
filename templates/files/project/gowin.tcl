# Gowin EDA: builds {{ top }} (the core {{ module }} between registers) for {{ part }} and reports.
# Written by holigen {{ version }}. Run it with
#   gw_sh {{ module }}_gowin.tcl
# Reports: impl/pnr/{{ module }}.rpt.txt (area), impl/pnr/{{ module }}.timing_paths and {{ module }}_tr_content.html (timing).
cd [file dirname [file normalize [info script]]]
set_device{% if !device_version.is_empty() %} -device_version {{ device_version }}{% endif %} {{ part }}
add_file -type verilog {{ module }}.v
add_file -type verilog {{ top }}.v
add_file -type sdc {{ module }}.sdc
add_file -type cst {{ module }}.cst
set_option -synthesis_tool gowinsynthesis
set_option -output_base_name {{ module }}
set_option -top_module {{ top }}
set_option -verilog_std v2001
set_option -gen_text_timing_rpt 1
run all

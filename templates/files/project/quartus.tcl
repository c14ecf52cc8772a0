# Quartus Prime: builds {{ top }} (the core {{ module }} between registers) for {{ part }} and reports.
# Written by holigen {{ version }}. Run it with
#   quartus_sh -t {{ module }}_quartus.tcl
# Pins are left to the fitter. Reports go to output_files/.
package require ::quartus::project
package require ::quartus::flow
package require ::quartus::report

cd [file dirname [file normalize [info script]]]
project_new {{ module }} -overwrite
set_global_assignment -name FAMILY "{{ family }}"
set_global_assignment -name DEVICE {{ part }}
set_global_assignment -name TOP_LEVEL_ENTITY {{ top }}
set_global_assignment -name VERILOG_FILE {{ module }}.v
set_global_assignment -name VERILOG_FILE {{ top }}.v
set_global_assignment -name SDC_FILE {{ module }}.sdc
set_global_assignment -name PROJECT_OUTPUT_DIRECTORY output_files
set_global_assignment -name OPTIMIZATION_MODE "HIGH PERFORMANCE EFFORT"
# The shift registers of the frame stay registers.
set_global_assignment -name AUTO_SHIFT_REGISTER_RECOGNITION OFF
export_assignments

execute_flow -compile

load_report
foreach panel [get_report_panel_names] {
  if {[string match "*Fitter Summary" $panel] || [string match "*Slow*Fmax Summary" $panel]} {
    puts "holigen: $panel"
    set rows [get_number_of_rows -name $panel]
    for {set row 0} {$row < $rows} {incr row} {
      puts "holigen:   [join [get_report_panel_row -name $panel -row $row] {  }]"
    }
  }
}
unload_report
project_close

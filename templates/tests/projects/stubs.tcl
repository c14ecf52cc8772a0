# Runs a vendor's script without the vendor: its commands are procedures that know their options and arguments, look
# for the files they are given, and demand the order of a build. Anything else is an error, and ends with status 1.
#   tclsh stubs.tcl <tool> <script>
lassign $argv tool script
set calls {}

proc refuse {text} { error "refused: $text" }

# stub name {options with a value} {options without} {least and most other arguments} body: in the body, `given` is the
# list of other arguments and `option` an array of the options.
proc stub {name valued flags count {body {}}} {
  set checked [format {
    set given {}
    array set option {}
    for {set i 0} {$i < [llength $args]} {incr i} {
      set a [lindex $args $i]
      if {$a in {%s}} {
        incr i
        if {$i >= [llength $args]} { refuse "%s: $a without a value" }
        set option($a) [lindex $args $i]
      } elseif {$a in {%s}} {
        set option($a) 1
      } elseif {[string match {-[a-zA-Z]*} $a]} {
        refuse "%s: there is no option $a"
      } else {
        lappend given $a
      }
    }
    if {[llength $given] < %d || [llength $given] > %d} { refuse "%s: arguments $given" }
    lappend ::calls {%s}
  } $valued $name $flags $name [lindex $count 0] [lindex $count 1] $name $name]
  proc $name args "$checked\n$body"
}

proc file_there {path} { if {![file isfile $path]} { refuse "no file $path" } }
proc demand {args} {
  foreach name $args { if {$name ni $::calls} { refuse "$name has to come first" } }
}

# Constraints.
stub get_ports {} {} {1 1} {
  foreach p [lindex $given 0] { if {$p ni {clk serial_in serial_out}} { refuse "no port $p" } }
  return [lindex $given 0]
}
stub create_clock {-name -period} {} {1 1} {
  if {![string is double -strict $option(-period)] || $option(-period) <= 0} { refuse "period $option(-period)" }
}
stub set_false_path {-from -to} {} {0 0} { if {![array size option]} { refuse "set_false_path of nothing" } }
proc constraints {path} {
  file_there $path
  uplevel #0 [list source $path]
  demand create_clock
}

switch $tool {
  vivado {
    stub read_verilog {} {-sv} {1 99} { foreach f $given { file_there $f } }
    stub read_xdc {-mode} {} {1 1} { constraints [lindex $given 0] }
    stub synth_design {-top -part -mode} {} {0 0} {
      demand read_verilog read_xdc
      if {$option(-top) ne "core_frame" || ![string match xc* $option(-part)]} { refuse "top or part" }
    }
    stub opt_design {} {} {0 0} { demand synth_design }
    stub place_design {} {} {0 0} { demand opt_design }
    stub phys_opt_design {} {} {0 0} { demand place_design }
    stub route_design {} {} {0 0} { demand place_design }
    foreach report {report_utilization report_timing_summary report_timing} {
      stub $report {-file -max_paths} {-hierarchical} {0 0} { demand route_design }
    }
    stub write_checkpoint {} {-force} {1 1} { demand route_design }
    stub get_timing_paths {-max_paths} {-setup} {0 0} { demand route_design; return path }
    stub get_property {} {} {2 2} {
      if {$given ne {SLACK path}} { refuse "property $given" }
      return 0.25
    }
    set needed {route_design report_utilization report_timing_summary}
  }
  quartus {
    rename package tcl_package
    proc package {what name} {
      if {$name ni {::quartus::project ::quartus::flow ::quartus::report}} { refuse "package $name" }
    }
    stub project_new {} {-overwrite} {1 1}
    stub set_global_assignment {-name} {} {1 1} {
      demand project_new
      set value [lindex $given 0]
      switch $option(-name) {
        VERILOG_FILE { file_there $value }
        SDC_FILE { constraints $value }
        TOP_LEVEL_ENTITY { if {$value ne "core_frame"} { refuse "top $value" } }
        FAMILY - DEVICE - PROJECT_OUTPUT_DIRECTORY - OPTIMIZATION_MODE {}
        AUTO_SHIFT_REGISTER_RECOGNITION { if {$value ni {OFF AUTO ALWAYS}} { refuse $value } }
        default { refuse "assignment $option(-name)" }
      }
    }
    stub export_assignments {} {} {0 0}
    stub execute_flow {} {-compile} {0 0} { demand set_global_assignment create_clock }
    stub load_report {} {} {0 1} { demand execute_flow }
    stub unload_report {} {} {0 1}
    stub get_report_panel_names {} {} {0 0} {
      demand load_report
      return {{Fitter||Fitter Summary} {Timing Analyzer||Slow 1100mV 85C Model||Slow 1100mV 85C Model Fmax Summary}}
    }
    stub get_number_of_rows {-name} {} {0 0} { return 2 }
    stub get_report_panel_row {-name -row} {} {0 0} { return {{312.5 MHz} clk} }
    stub project_close {} {} {0 0}
    set needed {execute_flow get_report_panel_row project_close}
  }
  radiant {
    stub prj_create {-name -impl -dev -performance -synthesis} {} {0 0} {
      if {$option(-synthesis) ni {synplify lse} || ![string match LI* $option(-dev)]} { refuse prj_create }
    }
    stub prj_add_source {} {} {1 99} {
      foreach f $given { file_there $f; if {[file extension $f] eq ".sdc"} { constraints $f } }
    }
    stub prj_set_impl_opt {-impl} {} {2 2} { if {$given ne {top core_frame}} { refuse $given } }
    stub prj_save {} {} {0 0}
    stub prj_run {-impl} {} {1 1} {
      demand prj_create prj_add_source prj_save create_clock
      if {$given ni {Synthesis Map PAR}} { refuse $given }
      lappend ::calls $given
      array set before {Synthesis prj_save Map Synthesis PAR Map}
      demand $before($given)
    }
    stub prj_close {} {} {0 0}
    set needed {PAR prj_close}
  }
  diamond {
    proc known {command given list} { if {[lindex $given 0] ni $list} { refuse "$command $given" } }
    stub prj_project {-name -impl -dev -lpf -synthesis} {} {1 1} {
      known prj_project $given {new save close}
      if {$given eq "new"} {
        file_there $option(-lpf)
        if {![string match LFE5U* $option(-dev)]} { refuse $option(-dev) }
      }
    }
    stub prj_src {} {} {2 99} { known prj_src $given add; foreach f [lrange $given 1 end] { file_there $f } }
    stub prj_impl {} {} {3 3} { if {$given ne {option top core_frame}} { refuse $given } }
    stub prj_run {-impl -task} {} {1 1} {
      demand prj_project prj_src
      known prj_run $given {Synthesis Translate Map PAR}
      lappend ::calls $given
      array set before {Synthesis prj_src Translate Synthesis Map Translate PAR Map}
      demand $before($given)
    }
    set needed PAR
  }
  gowin {
    stub set_device {-device_version} {} {1 1} { if {![string match GW* $given]} { refuse $given } }
    stub add_file {-type} {} {1 1} {
      demand set_device
      file_there $given
      if {$option(-type) ni {verilog sdc cst}} { refuse $option(-type) }
      if {$option(-type) eq "sdc"} { constraints $given }
    }
    stub set_option {-synthesis_tool -output_base_name -top_module -verilog_std -gen_text_timing_rpt} {} {0 0} {
      if {[info exists option(-top_module)] && $option(-top_module) ne "core_frame"} { refuse top }
      if {[info exists option(-verilog_std)] && $option(-verilog_std) ni {v1995 v2001 sysv2017}} { refuse std }
    }
    stub run {} {} {1 1} { demand add_file set_option create_clock; if {$given ni {all syn pnr}} { refuse $given } }
    set needed run
  }
}

if {[catch {source $script} why]} {
  puts stderr "$script: $why"
  exit 1
}
if {[catch {demand {*}$needed} why]} {
  puts stderr "$script: $why, and never did"
  exit 1
}

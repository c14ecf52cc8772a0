# Diamond: builds {{ top }} (the core {{ module }} between registers) for {{ part }} and reports.
# Written by holigen {{ version }}. Run it with
#   diamondc {{ module }}_diamond.tcl
# Pins are left to the placer. Reports: build/impl1/*.mrp (area), *.par, *.twr (timing).
set here [file dirname [file normalize [info script]]]
set build [file join $here build]

file delete -force $build
file mkdir $build
cd $build
prj_project new -name {{ module }} -impl impl1 -dev {{ part }} -lpf [file join $here {{ module }}.lpf] -synthesis synplify
prj_src add [file join $here {{ module }}.v]
prj_src add [file join $here {{ top }}.v]
prj_impl option top {{ top }}
prj_project save

prj_run Synthesis -impl impl1
prj_run Translate -impl impl1
prj_run Map -impl impl1
prj_run PAR -impl impl1
prj_run PAR -impl impl1 -task PARTrace
prj_project close

# What the reports say of the clock.
foreach report [glob -nocomplain [file join $build impl1 *.twr]] {
  set file [open $report]
  foreach line [split [read $file] "\n"] {
    if {[string match -nocase "*MHz*" $line]} { puts "holigen: [string trim $line]" }
  }
  close $file
}

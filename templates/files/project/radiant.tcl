# Radiant: builds {{ top }} (the core {{ module }} between registers) for {{ part }} and reports.
# Written by holigen {{ version }}. Run it with
#   radiantc {{ module }}_radiant.tcl
# Pins are left to the placer. Reports: build/impl_1/*.mrp (area), *.par, *.twr (timing).
set here [file dirname [file normalize [info script]]]
set build [file join $here build]

file delete -force $build
file mkdir $build
cd $build
prj_create -name {{ module }} -impl impl_1 -dev {{ part }} -performance {{ performance }} -synthesis synplify
prj_add_source [file join $here {{ module }}.v]
prj_add_source [file join $here {{ top }}.v]
prj_add_source [file join $here {{ module }}.sdc]
prj_set_impl_opt -impl impl_1 top {{ top }}
prj_save

prj_run Synthesis -impl impl_1
prj_run Map -impl impl_1
prj_run PAR -impl impl_1
prj_close

# What the reports say of the clock.
foreach report [glob -nocomplain [file join $build impl_1 *.twr]] {
  set file [open $report]
  foreach line [split [read $file] "\n"] {
    if {[string match -nocase "*MHz*" $line]} { puts "holigen: [string trim $line]" }
  }
  close $file
}

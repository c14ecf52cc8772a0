# `yosys -l LOG -p 'tcl SCRIPT'` for a Yosys without Tcl (that of PyPI has none): the script runs here, the commands of
# Yosys in it are collected, and HOLIGEN_YOSYS runs them in their order.
#   tclsh yosys.tcl -l LOG -p 'tcl SCRIPT'
set log ""
foreach {option value} $argv {
  switch -- $option {
    -l { set log $value }
    -p { lassign $value command script }
    default { error "option $option" }
  }
}
if {$command ne "tcl"} { error "only tcl scripts: $command" }

set commands {}
# What Tcl does not know is a command of Yosys.
proc unknown {args} { lappend ::commands [join $args " "] }
proc yosys {args} { if {$args ne "-import"} { lappend ::commands [join $args " "] } }
source $script

set file [open commands.ys w]
puts $file [join $commands "\n"]
close $file
exec {*}$env(HOLIGEN_YOSYS) -q -l $log -s commands.ys >@stdout 2>@stderr

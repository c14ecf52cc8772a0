//! Parts of the targets as the vendors' tools spell them.

/// A part, and what else its tool must be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The vendor's tool: vivado, quartus, radiant, diamond, gowin.
    pub tool: &'static str,
    /// The target that describes its speed.
    pub target: &'static str,
    /// Full name: device, package, speed grade.
    pub name: &'static str,
    /// Quartus: the family. Radiant: the performance grade. Gowin: the device version.
    pub detail: &'static str,
    /// Gowin: pins of clk, serial_in and serial_out.
    pub pins: [&'static str; 3],
}

const fn part(tool: &'static str, target: &'static str, name: &'static str, detail: &'static str) -> Part {
    Part { tool, target, name, detail, pins: [""; 3] }
}

/// The first of a tool is its default.
const PARTS: &[Part] = &[
    part("vivado", "kintex7", "xc7k160tfbg676-2", ""),
    part("vivado", "artix7", "xc7a100tcsg324-1", ""),
    part("vivado", "ultrascaleplus", "xcku5p-ffvb676-2-e", ""),
    part("quartus", "cyclonev", "5CEBA4F23C7", "Cyclone V"),
    part("radiant", "nexus", "LIFCL-40-9BG400C", "9_High-Performance_1.0V"),
    part("diamond", "ecp5", "LFE5U-85F-8BG756C", ""),
    part("diamond", "ecp5-6", "LFE5U-85F-6BG756C", ""),
    Part { pins: ["H11", "L14", "T10"], ..part("gowin", "gw2a", "GW2A-LV18PG256C8/I7", "") },
    Part { pins: ["52", "25", "26"], ..part("gowin", "gw1n", "GW1NR-LV9QN88PC6/I5", "C") },
];

impl Part {
    /// The part of a tool for a target.
    pub fn of(tool: &str, target: &str) -> Option<Part> {
        PARTS.iter().copied().find(|p| p.tool == tool && p.target == target)
    }

    /// Targets that a tool builds for; the first is its default.
    pub fn targets(tool: &str) -> Vec<&'static str> {
        PARTS.iter().filter(|p| p.tool == tool).map(|p| p.target).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Device;

    #[test]
    fn every_target_with_a_vendor_has_a_part() {
        for d in Device::ALL {
            // iCE40 HX belongs to a tool that Lattice no longer develops.
            let found = PARTS.iter().filter(|p| p.target == d.target).count();
            assert_eq!(found, usize::from(d.target != "ice40hx"), "{}", d.target);
        }
        assert_eq!(Part::targets("vivado"), ["kintex7", "artix7", "ultrascaleplus"]);
        assert_eq!(Part::of("gowin", "kintex7"), None);
    }
}

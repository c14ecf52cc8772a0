//! Devices: what stands for a target in the tools, and how the tools are called for it.
//!
//! The figures of a core are compared over flows, so multipliers and tables are made of lookup tables everywhere,
//! in the way and with the devices that `bench/` and the delay tables of the targets were measured with.
use crate::tools::{NEXTPNR_ECP5, NEXTPNR_GOWIN, NEXTPNR_ICE40, NEXTPNR_NEXUS, Tool, YOSYS};

/// A device family and the tools that lead to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Lattice ECP5: placed and routed.
    Ecp5,
    /// Lattice iCE40: placed and routed.
    Ice40,
    /// Lattice Nexus: placed and routed.
    Nexus,
    /// Gowin: placed and routed.
    Gowin,
    /// AMD 7 series: synthesis and an estimate.
    Xc7,
    /// AMD UltraScale+: synthesis and an estimate.
    Xcup,
    /// Intel Cyclone V: synthesis and an estimate.
    CycloneV,
}

impl Flow {
    /// All flows; those that route come first.
    pub const ALL: &[Flow] =
        &[Flow::Ecp5, Flow::Ice40, Flow::Nexus, Flow::Gowin, Flow::Xc7, Flow::Xcup, Flow::CycloneV];

    /// As on the command line, and as target files call the family.
    pub fn name(self) -> &'static str {
        match self {
            Flow::Ecp5 => "ecp5",
            Flow::Ice40 => "ice40",
            Flow::Nexus => "nexus",
            Flow::Gowin => "gowin",
            Flow::Xc7 => "xc7",
            Flow::Xcup => "xcup",
            Flow::CycloneV => "cyclonev",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Option<Flow> {
        Self::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// The target whose delays a core should be made with if nobody says otherwise.
    pub fn target(self) -> &'static str {
        match self {
            Flow::Ecp5 => "ecp5",
            Flow::Ice40 => "ice40hx",
            Flow::Nexus => "nexus",
            Flow::Gowin => "gw2a",
            Flow::Xc7 => "kintex7",
            Flow::Xcup => "ultrascaleplus",
            Flow::CycloneV => "cyclonev",
        }
    }

    /// Whether it ends with a routed design.
    pub fn routes(self) -> bool {
        !matches!(self, Flow::Xc7 | Flow::Xcup | Flow::CycloneV)
    }
}

impl std::fmt::Display for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One device of a flow: the one whose speed a target describes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its flow.
    pub flow: Flow,
    /// The target that describes its speed.
    pub target: &'static str,
    /// Part and speed grade, for people.
    pub part: &'static str,
    /// Options of nextpnr that choose it.
    options: &'static [&'static str],
}

const fn device(
    flow: Flow,
    target: &'static str,
    part: &'static str,
    options: &'static [&'static str],
) -> Device {
    Device { flow, target, part, options }
}

/// Large members of their families, so that placement is about the core and not about its neighbours.
const DEVICES: &[Device] = &[
    device(
        Flow::Ecp5,
        "ecp5",
        "Lattice ECP5 LFE5U-85F, speed 8",
        &["--85k", "--package", "CABGA756", "--speed", "8"],
    ),
    device(
        Flow::Ecp5,
        "ecp5-6",
        "Lattice ECP5 LFE5U-85F, speed 6",
        &["--85k", "--package", "CABGA756", "--speed", "6"],
    ),
    device(Flow::Ice40, "ice40hx", "Lattice iCE40HX8K", &["--hx8k", "--package", "ct256"]),
    device(
        Flow::Nexus,
        "nexus",
        "Lattice CrossLink-NX LIFCL-40, speed 9",
        &["--device", "LIFCL-40-9BG400C", "--router", "router1"],
    ),
    device(
        Flow::Gowin,
        "gw2a",
        "Gowin GW2A-LV18, C8/I7",
        &["--device", "GW2A-LV18PG256C8/I7", "--vopt", "family=GW2A-18"],
    ),
    device(
        Flow::Gowin,
        "gw1n",
        "Gowin GW1NR-LV9, C6/I5",
        &["--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"],
    ),
    device(Flow::Xc7, "kintex7", "AMD Kintex-7", &[]),
    device(Flow::Xc7, "artix7", "AMD Artix-7", &[]),
    device(Flow::Xcup, "ultrascaleplus", "AMD UltraScale+", &[]),
    device(Flow::CycloneV, "cyclonev", "Intel Cyclone V", &[]),
];

impl Device {
    /// All devices.
    pub const ALL: &[Device] = DEVICES;

    /// The device of a target.
    pub fn for_target(target: &str) -> Option<Device> {
        DEVICES.iter().copied().find(|d| d.target == target)
    }

    /// What is done for it, in words.
    pub fn description(&self) -> String {
        if self.flow.routes() {
            format!("{}, synthesised by Yosys, placed and routed by nextpnr", self.part)
        } else {
            format!("{}, synthesised by Yosys; not routed", self.part)
        }
    }

    /// The synthesis command of Yosys, without the top module. `dsp`: products may become DSP blocks.
    pub fn synthesis(&self, dsp: bool) -> String {
        let command = match (self.flow, self.target) {
            (Flow::Ecp5, _) => "synth_ecp5 -abc9 -nodsp",
            (Flow::Ice40, _) => "synth_ice40 -abc9 -device hx -nobram",
            (Flow::Nexus, _) => "synth_nexus -abc9 -nodsp -nobram -noiopad",
            // nextpnr's timing of Gowin knows no wide multiplexers.
            (Flow::Gowin, "gw1n") => "synth_gowin -family gw1n -nowidelut -nodsp -nobram -noiopads",
            (Flow::Gowin, _) => "synth_gowin -family gw2a -nowidelut -nodsp -nobram -noiopads",
            (Flow::Xc7, _) => "synth_xilinx -family xc7 -flatten -abc9 -noiopad -nodsp",
            (Flow::Xcup, _) => "synth_xilinx -family xcup -flatten -abc9 -noiopad -nodsp",
            (Flow::CycloneV, _) => "synth_intel_alm -family cyclonev -noiopad -noclkbuf -nodsp -nobram",
        };
        if dsp { command.replace(" -nodsp", "") } else { command.to_owned() }
    }

    /// What makes the flattened netlist ready for nextpnr.
    pub(crate) fn preparation(&self, top: &str) -> String {
        match self.flow {
            // Constants at the lower end of a carry chain are not for nextpnr-nexus, which wants a cell there
            // that starts the chain (`carry.v`); the cells of constants are taken away to see them.
            Flow::Nexus => format!(
                "techmap -map constants.v; clean; techmap -map carry.v; clean; \
                 hilomap -singleton -hicell VHI Z -locell VLO Z; \
                 iopadmap -bits -outpad OB I:O -inpad IB O:I {top}; "
            ),
            Flow::Gowin => format!("iopadmap -bits -inpad IBUF O:I -outpad OBUF I:O {top}; "),
            _ => String::new(),
        }
    }

    /// The programs of its flow.
    pub fn tools(&self) -> impl Iterator<Item = Tool> {
        std::iter::once(YOSYS).chain(self.router())
    }

    /// The program that places and routes.
    pub(crate) fn router(&self) -> Option<Tool> {
        match self.flow {
            Flow::Ecp5 => Some(NEXTPNR_ECP5),
            Flow::Ice40 => Some(NEXTPNR_ICE40),
            Flow::Nexus => Some(NEXTPNR_NEXUS),
            Flow::Gowin => Some(NEXTPNR_GOWIN),
            _ => None,
        }
    }

    /// Options of nextpnr for netlists on which its router does not end: that of iCE40 gives two wires to and fro for
    /// ever on some, which the other router finishes.
    pub(crate) fn other_router(&self) -> Option<[&'static str; 2]> {
        (self.flow == Flow::Ice40).then_some(["--router", "router2"])
    }

    /// Options of nextpnr: device and pins.
    pub(crate) fn options(&self) -> Vec<&'static str> {
        let mut all = self.options.to_vec();
        match self.flow {
            // The median of three placements of nine cores is 2 % above that of the default placer, of the largest 19 %; the
            // lowest of three 4 %. It takes 1.2 to 7 times as long.
            Flow::Ecp5 => all.extend(["--out-of-context", "--placer", "static"]),
            Flow::Ice40 => all.push("--pcf-allow-unconstrained"),
            Flow::Nexus => all.extend(["--pdc", "pins.txt"]),
            Flow::Gowin => all.extend(["--vopt", "cst=pins.txt"]),
            _ => (),
        }
        all
    }

    /// The file of pins, for routers that want one.
    pub(crate) fn pins(&self) -> Option<String> {
        const PORTS: [&str; 3] = ["clk", "serial_in", "serial_out"];
        let each = |places: [&str; 3], line: &dyn Fn(&str, &str) -> String| {
            Some(PORTS.iter().zip(places).map(|(port, place)| line(port, place)).collect::<String>())
        };
        let cst = |port: &str, place: &str| format!("IO_LOC \"{port}\" {place};\n");
        match (self.flow, self.target) {
            (Flow::Nexus, _) => each(["L13", "E17", "F13"], &|port, place| {
                format!(
                    "ldc_set_location -site {{{place}}} [get_ports {port}]\n\
                     ldc_set_port -iobuf {{IO_TYPE=LVCMOS33}} [get_ports {port}]\n"
                )
            }),
            (Flow::Gowin, "gw1n") => each(["52", "25", "26"], &cst),
            (Flow::Gowin, _) => each(["H11", "L14", "T10"], &cst),
            _ => None,
        }
    }
}

/// Other files that the script of synthesis reads: name and text.
pub(crate) fn files(flow: Flow) -> &'static [(&'static str, &'static str)] {
    const NEXUS: &[(&str, &str)] =
        &[("constants.v", include_str!("nexus/constants.v")), ("carry.v", include_str!("nexus/carry.v"))];
    if flow == Flow::Nexus { NEXUS } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_have_names_and_devices() {
        for flow in Flow::ALL {
            assert_eq!(Flow::by_name(flow.name()), Some(*flow));
            assert_eq!(Device::for_target(flow.target()).unwrap().flow, *flow);
        }
        assert_eq!(Flow::by_name("asic"), None);
        for d in Device::ALL {
            assert_eq!(Device::for_target(d.target), Some(*d));
            assert_eq!(d.flow.routes(), d.router().is_some(), "{}", d.target);
            assert!(!d.synthesis(true).contains("nodsp"), "{}", d.target);
        }
    }
}

//! Vendors' scripts run in `tclsh`, with the vendors' commands stubbed by procedures that know their arguments.
use holigen_templates::{Project, ProjectTool};
use std::path::Path;
use std::process::Command;

fn project(tool: ProjectTool) -> Project {
    let (part, detail) = match tool {
        ProjectTool::Vivado => ("xc7k160tfbg676-2", ""),
        ProjectTool::Quartus => ("5CEBA4F23C7", "Cyclone V"),
        ProjectTool::Radiant => ("LIFCL-40-9BG400C", "9_High-Performance_1.0V"),
        ProjectTool::Diamond => ("LFE5U-85F-8BG756C", ""),
        ProjectTool::Gowin => ("GW1NR-LV9QN88PC6/I5", "C"),
    };
    Project {
        tool,
        module: "core".into(),
        top: "core_frame".into(),
        part: part.into(),
        mhz: "312.5".into(),
        period_ns: "3.200".into(),
        detail: detail.into(),
        pins: vec![("clk".into(), "52".into()), ("serial_in".into(), String::new())],
        version: "0.1.0".into(),
    }
}

/// What the script says, or why it stops; `None` without a `tclsh`.
fn play(tool: ProjectTool, files: &[(String, String)]) -> Option<Result<String, String>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for name in ["core.v", "core_frame.v"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let stubs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects/stubs.tcl");
    // From another folder: scripts find their files by themselves.
    let run = Command::new("tclsh").arg(stubs).arg(tool.name()).arg(folder.path().join(&files[0].0)).output();
    let Ok(said) = run else {
        eprintln!("left out: there is no tclsh");
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(if said.status.success() { Ok(text(&said.stdout)) } else { Err(text(&said.stderr)) })
}

#[test]
fn scripts_run_and_wrong_ones_are_found() {
    for &tool in ProjectTool::ALL {
        let files = project(tool).files();
        match play(tool, &files) {
            None => return,
            Some(found) => {
                let said = found.unwrap_or_else(|e| panic!("{}: {e}", tool.name()));
                match tool {
                    // 1000 / (3.2 - 0.25)
                    ProjectTool::Vivado => assert!(said.contains("holigen: 339.0 MHz reached"), "{said}"),
                    ProjectTool::Quartus => assert!(said.contains("holigen:   312.5 MHz  clk"), "{said}"),
                    _ => assert_eq!(said, ""),
                }
            }
        }
        // Every line counts: without one of those that do something, the stubs refuse.
        let needed = match tool {
            ProjectTool::Vivado => ["read_xdc", "synth_design", "place_design", "route_design"],
            ProjectTool::Quartus => ["project_new", "VERILOG_FILE", "SDC_FILE", "execute_flow"],
            ProjectTool::Radiant => ["prj_create", ".sdc", "prj_run Map", "prj_close"],
            ProjectTool::Diamond => {
                ["prj_project new", "prj_run Synthesis", "prj_run Map", "prj_run PAR -impl impl1\n"]
            }
            ProjectTool::Gowin => ["set_device", "-type sdc", "-top_module", "run all"],
        };
        for word in needed {
            let mut broken = files.clone();
            let script = &mut broken[0].1;
            assert!(script.contains(word), "{}: {word}", tool.name());
            *script = script.replacen(word, "no_such_command", 1);
            assert!(play(tool, &broken).unwrap().is_err(), "{}: without {word}", tool.name());
        }
        let mut broken = files.clone();
        broken[0].1.push_str("if {1} {\n");
        assert!(play(tool, &broken).unwrap().is_err(), "{}: a brace is missing", tool.name());
        // A constraint on a port that there isn't.
        if tool != ProjectTool::Diamond {
            let mut broken = files.clone();
            broken[1].1 = broken[1].1.replacen("{clk}", "{clock}", 1);
            assert!(play(tool, &broken).unwrap().is_err(), "{}: {}", tool.name(), broken[1].1);
        }
    }
}

#[test]
fn constraints_that_are_no_tcl() {
    let preferences = &project(ProjectTool::Diamond).files()[1];
    assert_eq!(preferences.0, "core.lpf");
    let lines: Vec<_> = preferences.1.lines().filter(|l| !l.starts_with('#')).collect();
    assert!(
        lines.iter().all(|l| l.ends_with(';')) && lines.contains(&"FREQUENCY PORT \"clk\" 312.5 MHz;"),
        "{lines:?}"
    );
    let gowin = project(ProjectTool::Gowin).files();
    let names: Vec<_> = gowin.iter().map(|f| f.0.as_str()).collect();
    assert_eq!(names, ["core_gowin.tcl", "core.sdc", "core.cst"]);
    let pins = &gowin[2].1;
    assert!(
        pins.contains("IO_LOC \"clk\" 52;\nIO_PORT \"clk\" IO_TYPE=LVCMOS33;\nIO_PORT \"serial_in\""),
        "{pins}"
    );
    assert!(!pins.contains("IO_LOC \"serial_in\""), "{pins}");
}

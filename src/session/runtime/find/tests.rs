use std::collections::BTreeMap;

use super::*;

/// A machine with some variables and some files.
struct Fake {
    variables: BTreeMap<&'static str, &'static str>,
    files: Vec<(&'static str, bool)>,
    platform: Platform,
}

fn machine(variables: &[(&'static str, &'static str)], executables: &[&'static str]) -> Fake {
    Fake {
        variables: variables.iter().copied().collect(),
        files: executables.iter().map(|path| (*path, true)).collect(),
        platform: Platform::new("linux", "x64"),
    }
}

impl Environment for Fake {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).map(OsString::from)
    }

    fn current_dir(&self) -> Option<PathBuf> {
        Some("/home/me/project".into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, _)| Path::new(file) == path)
    }

    fn is_executable(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, executable)| Path::new(file) == path && *executable)
    }

    fn platform(&self) -> Platform {
        self.platform
    }
}

const SDK: &str =
    "/home/me/node_modules/@github/copilot-sdk-linux-x64/prebuilds/linux-x64/copilot-runtime";
const CLI: &str = "/home/me/node_modules/@github/copilot-linux-x64/copilot";
const NEAR_CLI: &str = "/home/me/project/node_modules/@github/copilot-linux-x64/copilot";
const GLOBAL: &str =
    "/opt/npm/lib/node_modules/@github/copilot/node_modules/@github/copilot-linux-x64/copilot";
const ON_PATH: &str = "/bin/copilot";
const VARIABLES: &[(&str, &str)] =
    &[("PATH", "/usr/bin:/bin"), ("npm_config_prefix", "/opt/npm")];

fn found(machine: &Fake, explicit: Option<&str>) -> PathBuf {
    find_runtime_in(machine, explicit.map(Path::new)).unwrap()
}

#[test]
fn an_earlier_place_wins_over_a_later_one() {
    let mut files = vec![ON_PATH];
    assert_eq!(found(&machine(VARIABLES, &files), None), Path::new(ON_PATH));
    for better in [GLOBAL, CLI, SDK, NEAR_CLI] {
        files.push(better);
        assert_eq!(found(&machine(VARIABLES, &files), None), Path::new(better));
    }
    files.extend(["/chosen", "/explicit"]);
    let mut machine = machine(VARIABLES, &files);
    machine.variables.insert("COPILOT_CLI_PATH", "/chosen");
    assert_eq!(found(&machine, None), Path::new("/chosen"));
    assert_eq!(found(&machine, Some("/explicit")), Path::new("/explicit"));
}

#[test]
fn an_explicit_path_that_is_no_program_is_an_error() {
    let mut machine = machine(VARIABLES, &[ON_PATH]);
    let error = find_runtime_in(&machine, Some(Path::new("/nowhere"))).unwrap_err();
    assert_eq!(error.looked_at().collect::<Vec<_>>(), [Path::new("/nowhere")]);
    machine.variables.insert("COPILOT_CLI_PATH", "/nowhere");
    assert!(find_runtime_in(&machine, None).is_err());
    machine.variables.insert("COPILOT_CLI_PATH", "");
    assert_eq!(found(&machine, None), Path::new(ON_PATH));
}

#[test]
fn a_file_must_be_executable_unless_it_is_a_script() {
    let mut machine = machine(VARIABLES, &[ON_PATH]);
    machine.files.extend([(SDK, false), ("/cli/index.js", false)]);
    assert_eq!(found(&machine, None), Path::new(ON_PATH));
    assert_eq!(found(&machine, Some("/cli/index.js")), Path::new("/cli/index.js"));
}

#[test]
fn the_error_lists_every_path_and_what_to_install() {
    let mut machine = machine(VARIABLES, &[]);
    machine.files.push((SDK, false));
    let error = find_runtime_in(&machine, None).unwrap_err();
    let text = error.to_string();
    for expected in [
        &format!("{SDK} (not executable)"),
        &format!("{CLI} (no such file)"),
        &format!("{GLOBAL} (no such file)"),
        "/usr/bin/copilot (no such file)",
        "/bin/copilot (no such file)",
        "npm install @github/copilot-sdk-linux-x64",
        "COPILOT_CLI_PATH",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn musl_systems_use_the_cli_and_windows_its_own_file_names() {
    let mut musl = machine(&[], &[SDK]);
    musl.platform = Platform::new("linuxmusl", "x64");
    let error = find_runtime_in(&musl, None).unwrap_err();
    assert!(error.to_string().contains("npm install @github/copilot-linuxmusl-x64"));
    let cli = "/node_modules/@github/copilot-linuxmusl-x64/copilot";
    musl.files.push((cli, true));
    assert_eq!(found(&musl, None), Path::new(cli));

    let exe = "/npm/node_modules/@github/copilot-win32-arm64/copilot.exe";
    let mut windows = machine(&[("npm_config_prefix", "/npm")], &[exe]);
    windows.platform = Platform::new("win32", "arm64");
    assert_eq!(found(&windows, None), Path::new(exe));
}

#[test]
fn on_windows_the_search_path_has_programs_with_an_ending() {
    for name in ["copilot.exe", "copilot.cmd"] {
        let directory = std::env::temp_dir();
        let path: &str = directory.to_str().unwrap().to_owned().leak();
        let program: &str = directory.join(name).to_str().unwrap().to_owned().leak();
        let mut machine = machine(&[("PATH", path)], &[program]);
        machine.platform = Platform::new("win32", "x64");
        assert_eq!(found(&machine, None), Path::new(program));
    }
}

#[test]
fn the_environment_of_this_process_is_what_the_standard_library_says() {
    let here = ProcessEnvironment;
    assert_eq!(here.variable("PATH"), std::env::var_os("PATH"));
    assert_eq!(here.variable("COPILOT_SESSIONS_NO_SUCH_VARIABLE"), None);
    assert_eq!(here.current_dir(), std::env::current_dir().ok());
    let this_program = std::env::current_exe().unwrap();
    assert!(here.is_file(&this_program) && here.is_executable(&this_program));
    let directory = this_program.parent().unwrap();
    assert!(!here.is_file(directory) && !here.is_file(&directory.join("no such file")));
    let text = tempfile::NamedTempFile::new().unwrap();
    assert!(here.is_file(text.path()));
    assert_eq!(here.is_executable(text.path()), cfg!(not(unix)));
}

//! Runs one test in a process of its own: with fail points, which belong to the whole process; to be killed; on a tiny or
//! broken disk.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

/// Set in the process that runs one test alone, to the folder it may use.
const ALONE: &str = "HOTROOM_TEST_ALONE";

/// The folder of the process that runs one test alone; `None` in the process that runs all tests.
pub(super) fn alone_in() -> Option<PathBuf> {
    std::env::var_os(ALONE).map(PathBuf::from)
}

/// Runs the current test again in a process of its own, started by `command`.
pub(super) fn again_by(mut command: Command, folder: &Path) -> ExitStatus {
    let name = std::thread::current().name().expect("tests run on named threads").to_owned();
    command.arg(std::env::current_exe().unwrap());
    let output = command.args(["--exact", &name, "--nocapture"]).env(ALONE, folder).output().unwrap();
    print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output.status
}

/// Runs the current test again in a process of its own.
#[cfg(feature = "failpoints")]
pub(super) fn again(folder: &Path) -> ExitStatus {
    again_by(Command::new("env"), folder)
}

/// Runs the body of a test to its end.
pub(super) fn block_on<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(body)
}

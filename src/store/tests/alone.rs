//! Running one test in a process of its own: with fail points, which are one for the whole process; killed; on a disk
//! that is tiny or broken.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

/// Set in the process that runs one story alone, to the folder it may use.
const ALONE: &str = "HOTROOM_TEST_ALONE";

/// The folder of the process that runs one story alone; none in the process that runs all.
pub(super) fn alone_in() -> Option<PathBuf> {
    std::env::var_os(ALONE).map(PathBuf::from)
}

/// Runs the test that is running now again, in a process of its own, started by way of `command`.
pub(super) fn again_by(mut command: Command, folder: &Path) -> ExitStatus {
    let name = std::thread::current().name().expect("tests run on named threads").to_owned();
    command.arg(std::env::current_exe().unwrap());
    let output = command.args(["--exact", &name, "--nocapture"]).env(ALONE, folder).output().unwrap();
    print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output.status
}

/// Runs the test that is running now again, in a process of its own.
#[cfg(feature = "failpoints")]
pub(super) fn again(folder: &Path) -> ExitStatus {
    again_by(Command::new("env"), folder)
}

/// Runs a story to its end.
pub(super) fn block_on<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

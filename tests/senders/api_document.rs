//! schemathesis reads `/api/openapi.json` and sends what it allows and what it forbids to every operation.

use std::process::Command;

use crate::rig::{House, program, required, root, run};

/// Checks that the API does not promise. Options of commands are texts, so the document allows values that a command then
/// refuses by name.
const NOT_PROMISED: &str = "positive_data_acceptance";
/// Alertmanager's first API answers `POST /api/v1/alerts` in its own shape; it is not part of the document.
const ALSO_ALERTMANAGERS: &str = "/api/v1/alerts";

/// schemathesis on the document of a running bot; `None` where it is not installed.
fn schemathesis(house: &House, more: &[&str]) -> Option<Command> {
    let installed = root().join("target/senders/schemathesis");
    let Some(python) = program(&["python3"]).filter(|_| installed.join("schemathesis").exists()) else {
        return required("schemathesis");
    };
    let mut command = Command::new(python);
    command.env("PYTHONPATH", &installed).current_dir(house.dir());
    command.args(["-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", "--no-color"]);
    command.arg(format!("http://{}/api/openapi.json", house.address));
    command.args([
        "--header",
        "X-Hotroom-Person: ann",
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "10",
    ]);
    command.args(["--generation-deterministic", "--no-shrink", "--continue-on-failure", "--warnings", "off"]);
    command.args(more);
    Some(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_as_its_document_says() {
    let house = House::new();
    house.ready().await;
    let strict = ["--exclude-checks", NOT_PROMISED, "--exclude-path", ALSO_ALERTMANAGERS];
    let shared = format!("{NOT_PROMISED},unsupported_method,allow_header_conformance");
    for more in [&strict[..], &["--include-path", ALSO_ALERTMANAGERS, "--exclude-checks", &shared]] {
        let Some(mut check) = schemathesis(&house, more) else { continue };
        let report = run(&mut check).unwrap_or_else(|report| panic!("{report}"));
        assert!(report.contains("API Operations:") && !report.contains("Tested: 0"), "{report}");
    }
}

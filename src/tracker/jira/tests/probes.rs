//! What `hotroom check` finds out.

use super::{FLAVORS, Rig, settings};
use crate::{
    domain::tracker::TrackerAccount,
    fake_jira::{ANN, Flavor},
    tracker::{
        IssueTracker, TrackerFinding,
        jira::{JiraClient, JiraEdition, setup_steps},
    },
};

const HOOK: &str = "https://hot.example.com/hooks/jira";

fn problems(findings: &[TrackerFinding]) -> Vec<String> {
    let problem = |finding: &TrackerFinding| match finding {
        TrackerFinding::Good(_) => None,
        TrackerFinding::Warning(what) => Some(format!("warning: {what}")),
        TrackerFinding::Wrong(what) => Some(what.clone()),
    };
    findings.iter().filter_map(problem).collect()
}

#[tokio::test]
async fn nothing_is_found_where_all_is_well_and_nothing_is_written() {
    for flavor in FLAVORS {
        let rig = Rig::start(flavor).await;
        rig.jira.register_hook(HOOK);
        rig.jira.person_creates(ANN, "OPS", "Slow");
        rig.jira.advance(10);
        let report = rig.client.probe(&rig.http, Some(HOOK)).await;
        assert_eq!(problems(&report.findings), [""; 0]);
        let good = format!("{:?}", report.findings);
        assert!(good.contains("OPS-1 can move to: To Do, In Progress, Done"), "{good}");
        assert!(rig.jira.http.lines().iter().all(|line| line.starts_with("GET")));
        assert!(report.account.is_some());
    }
}

#[tokio::test]
async fn each_missing_permission_says_how_to_grant_it() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.jira.register_hook(HOOK);
    rig.jira.forbid("TRANSITION_ISSUES");
    rig.jira.forbid("MODIFY_REPORTER");
    let report = rig.client.probe(&rig.http, Some(HOOK)).await;
    let found = problems(&report.findings);
    assert!(found.contains(&"OPS: our account may not move an issue when the status changes: grant it \"Transition Issues\" under Project settings > Permissions".to_owned()), "{found:?}");
    assert!(found.iter().any(|what| what.starts_with("warning: DEV: ") && what.contains("\"Modify Reporter\"")));
}

#[tokio::test]
async fn a_map_to_what_does_not_exist_is_found_with_what_does() {
    let rig = Rig::start(Flavor::Cloud).await;
    let mut settings = settings(&rig.jira.http.url, JiraEdition::Cloud);
    let project = &mut settings.projects[0];
    project.statuses.insert("triage".to_owned(), "To Do".to_owned());
    project.statuses.insert("fixing".to_owned(), "Fixing".to_owned());
    project.fields.insert("impact".to_owned(), "Impact".to_owned());
    project.fields.insert("cause".to_owned(), "Root cause".to_owned());
    project.priorities.insert(crate::domain::severity::Severity::Sev1, "P1".to_owned());
    settings.link_type = "Blocks".to_owned();
    rig.jira.hide_field("labels");
    let report = JiraClient::new(settings).probe(&rig.http, None).await;
    let found = problems(&report.findings).join("\n");
    for what in [
        "fixing moves to \"Fixing\", which is no status; there are: To Do, In Progress, Done",
        "cause is mapped to \"Root cause\", which is no field of the create screen; there are: ",
        "sev1 is the priority \"P1\", which does not exist; there are: Highest, High",
        "the create screen of \"Incident\" lacks the field Labels",
        "there is no \"Blocks\"; there are: Relates",
        "set [server] public_url",
    ] {
        assert!(found.contains(what), "{what}\n{found}");
    }
    let all = format!("{:?}", report.findings);
    assert!(
        all.contains("triage moves to \\\"To Do\\\"") && all.contains("impact is \\\"Impact\\\" (customfield_10050"),
        "{all}"
    );
}

#[tokio::test]
async fn the_account_is_named_and_a_wrong_token_or_edition_is_found() {
    let rig = Rig::start(Flavor::Cloud).await;
    rig.jira.token_of(ANN);
    let report = rig.client.probe(&rig.http, Some(HOOK)).await;
    assert_eq!(report.account.map(|person| person.account), Some(TrackerAccount(ANN.to_owned())));
    assert!(problems(&report.findings).iter().any(|what| what.contains("no webhook calls")), "{:?}", report.findings);
    rig.jira.forbid("ADMINISTER");
    let report = rig.client.probe(&rig.http, Some(HOOK)).await;
    assert!(problems(&report.findings).iter().any(|what| what.contains("may not see whether a webhook calls")));
    rig.jira.revoke_token();
    let report = rig.client.probe(&rig.http, Some(HOOK)).await;
    assert_eq!(report.account, None);
    assert!(problems(&report.findings).concat().contains("the token may have expired"));
}

#[tokio::test]
async fn the_setup_names_all_that_has_to_be_created() {
    let steps = setup_steps(&settings("https://acme.atlassian.net", JiraEdition::Cloud), HOOK).join("\n");
    for part in [HOOK, "x-hotroom-token", "jira:issue_updated", "Manage Watchers", "OPS: Incident", "{{issue.key}}"] {
        assert!(steps.contains(part), "{part}\n{steps}");
    }
}

//! The client against a Jira that remembers and fails.

mod changes;
mod failures;
mod hooks;
mod issues;
mod probes;
mod requests;

use secrecy::SecretString;

use super::{JiraClient, JiraCredentials, JiraEdition, JiraProject, JiraSettings};
use crate::{
    domain::{
        severity::Severity,
        tracker::{IssueChange, IssueDraft, IssueMark, IssueRef},
    },
    fake_http::table::client,
    fake_jira::{BUTTON_TOKEN, FakeJira, Flavor, HOOK_SECRET, MAIL, TOKEN},
    net::HttpClient,
    tracker::{IssueTracker, TrackerFailure},
};

/// Settings for the Jira at an address.
fn settings(url: &str, edition: JiraEdition) -> JiraSettings {
    let token = SecretString::from(TOKEN);
    let credentials = match edition {
        JiraEdition::Cloud => JiraCredentials::ApiToken { email: MAIL.to_owned(), token },
        JiraEdition::DataCenter => JiraCredentials::Bearer(token),
    };
    let desk = JiraProject { request_type: Some("25".to_owned()), ..JiraProject::new("SD", "Incident") };
    JiraSettings {
        base_url: url.to_owned(),
        site_url: "https://acme.atlassian.net".to_owned(),
        edition,
        credentials,
        webhook_secrets: vec![SecretString::from(HOOK_SECRET)],
        button_secrets: vec![SecretString::from(BUTTON_TOKEN)],
        link_type: "Relates".to_owned(),
        calls_per_second: 10_000,
        projects: vec![JiraProject::new("OPS", "Incident"), JiraProject::new("DEV", "Incident"), desk],
    }
}

/// A client and the Jira that it calls.
struct Rig {
    jira: FakeJira,
    client: JiraClient,
    http: HttpClient,
}

impl Rig {
    async fn start(flavor: Flavor) -> Self {
        let jira = FakeJira::start(flavor).await;
        let edition = match flavor {
            Flavor::Cloud => JiraEdition::Cloud,
            Flavor::DataCenter => JiraEdition::DataCenter,
        };
        let client = JiraClient::new(settings(&jira.http.url, edition));
        Self { jira, client, http: client_http() }
    }

    async fn create(&self, draft: &IssueDraft) -> IssueRef {
        self.client.create(&self.http, draft).await.expect("an issue")
    }

    async fn change(&self, issue: &IssueRef, change: IssueChange) -> Result<Vec<String>, TrackerFailure> {
        let ids = self.client.change(&self.http, issue, &change).await?;
        Ok(ids.into_iter().map(|id| id.0).collect())
    }
}

fn client_http() -> HttpClient {
    client()
}

/// Both editions.
const FLAVORS: [Flavor; 2] = [Flavor::Cloud, Flavor::DataCenter];

fn draft(project: &str) -> IssueDraft {
    IssueDraft {
        project: project.to_owned(),
        summary: "Checkout fails".to_owned(),
        description: "**Payments** fail since `10:00`".to_owned(),
        issue_type: None,
        severity: Some(Severity::Sev1),
        component: Some("shop".to_owned()),
        fields: Vec::new(),
        labels: vec!["on call".to_owned()],
        assignee: None,
        reporter: None,
        mark: mark(),
        room: Some("https://hot.example.com/incidents/HOT-P7".to_owned()),
    }
}

fn mark() -> IssueMark {
    IssueMark("hotroom-1a2b-HOT-P7".to_owned())
}

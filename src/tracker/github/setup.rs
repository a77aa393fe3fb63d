//! What has to be created at GitHub: the text of `hotroom tracker setup github`. Nothing is changed.

use super::{
    hook::ROOM_LABEL,
    settings::{GitHubCredentials, GitHubSettings},
};

/// The events that the webhook has to send.
pub(super) const EVENTS: [&str; 2] = ["issues", "issue_comment"];

/// Lists what has to be created, one step a line. `hook_url` is the address of hotroom that GitHub calls.
pub fn setup_steps(settings: &GitHubSettings, hook_url: &str) -> Vec<String> {
    let repositories: Vec<&str> = settings.projects.iter().map(|project| project.repository.as_str()).collect();
    let has_board = settings.projects.iter().any(|project| project.board.is_some());
    let mut steps = match &settings.credentials {
        GitHubCredentials::Token(_) => vec![
            "1. Account: create one for hotroom, not that of a person who responds to incidents.".to_owned(),
            format!("   Give it the role Triage or Write in {}.", repositories.join(", ")),
            "2. Token (Settings > Developer settings > Fine-grained tokens) of that account for these repositories:"
                .to_owned(),
        ],
        GitHubCredentials::App(app) => vec![
            "1. App (Settings > Developer settings > GitHub Apps): generate its private key.".to_owned(),
            format!("   Install it in {}; its installation is {}.", repositories.join(", "), app.installation),
            "2. Permissions of the App:".to_owned(),
        ],
    };
    steps.extend([
        "   Issues: read and write".to_owned(),
        "   Metadata: read".to_owned(),
        "   Webhooks: read, if hotroom check is to look at the webhook".to_owned(),
    ]);
    if has_board {
        steps.push("   Projects (of the organisation): read and write, for the board".to_owned());
    }
    steps.extend([
        "3. Webhook (Settings > Webhooks of each repository, or that of the App):".to_owned(),
        format!("   Payload URL: {hook_url}"),
        "   Content type: application/json".to_owned(),
        "   Secret: the value of [tracker.github] webhook_secret".to_owned(),
        format!("   Events: {}; and pull_request, if [tracker.pull_requests] is set", EVENTS.join(", ")),
        format!("4. Label {ROOM_LABEL}: whoever sets it on an issue opens a hot room."),
    ]);
    steps
}

//! What has to be created in Jira: the text of `hotroom tracker setup jira`. Nothing is changed.

use super::settings::{JiraEdition, JiraSettings};

/// The permissions of a project that hotroom uses: the name in the API, what people see in the permission scheme, and what
/// it is for.
pub(super) struct JiraPermission {
    pub key: &'static str,
    pub name: &'static str,
    pub use_for: &'static str,
    /// Without it hotroom does less, but works.
    pub is_optional: bool,
}

const fn permission(key: &'static str, name: &'static str, use_for: &'static str, is_optional: bool) -> JiraPermission {
    JiraPermission { key, name, use_for, is_optional }
}

/// All of them.
pub(super) const PERMISSIONS: [JiraPermission; 10] = [
    permission("BROWSE_PROJECTS", "Browse Projects", "read issues", false),
    permission("CREATE_ISSUES", "Create Issues", "create the issue of an incident", false),
    permission("EDIT_ISSUES", "Edit Issues", "set priority, labels and fields", false),
    permission("TRANSITION_ISSUES", "Transition Issues", "move an issue when the status changes", false),
    permission("ASSIGN_ISSUES", "Assign Issues", "make the incident manager the assignee", false),
    permission("ADD_COMMENTS", "Add Comments", "send updates and notes", false),
    permission("VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", "invite watchers to the room", false),
    permission("MANAGE_WATCHERS", "Manage Watchers", "add people of the room as watchers", false),
    permission("LINK_ISSUES", "Link Issues", "link the room and follow-up issues", true),
    permission("MODIFY_REPORTER", "Modify Reporter", "name the person who declared as reporter", true),
];

/// The events that the webhook has to send.
pub(super) const EVENTS: [&str; 6] = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
];

/// The body of the Automation rule behind the button.
pub(super) const BUTTON_BODY: &str =
    r#"{"id": "{{issue.id}}", "key": "{{issue.key}}", "actor": "{{initiator.accountId}}", "at": "{{now.toMillis}}"}"#;

/// Lists what has to be created, one step a line. `hook_url` is the address of hotroom that Jira calls.
pub fn setup_steps(settings: &JiraSettings, hook_url: &str) -> Vec<String> {
    let keys: Vec<&str> = settings.projects.iter().map(|project| project.key.as_str()).collect();
    let account = match settings.edition {
        JiraEdition::Cloud => "create a service account, or an account of its own, with an API token",
        JiraEdition::DataCenter => "create an account of its own with a personal access token",
    };
    let names: Vec<String> = PERMISSIONS.iter().map(|one| format!("   {}: {}", one.name, one.use_for)).collect();
    let mut steps = vec![
        format!("1. Account: {account}; not the account of a person who responds to incidents."),
        format!("2. Permissions of the account in {} (Project settings > Permissions):", keys.join(", ")),
    ];
    steps.extend(names);
    steps.extend([
        "3. Screens: the create screen and the edit screen of the issue types below need the field Labels;".to_owned(),
        "   by a label hotroom finds an issue again whose creation had an unknown outcome.".to_owned(),
    ]);
    steps.extend(settings.projects.iter().map(|project| format!("   {}: {}", project.key, project.issue_type)));
    steps.extend([
        "4. Webhook (Settings > System > WebHooks):".to_owned(),
        format!("   URL: {hook_url}"),
        "   Secret: the value of [tracker.jira] webhook_secrets".to_owned(),
        format!("   Events: {}", EVENTS.join(", ")),
        format!("   JQL: project in ({})", keys.join(", ")),
        "5. Button, if you want one (Project settings > Automation > Create rule):".to_owned(),
        "   Trigger: Manual trigger from issue, named \"Open a hot room\"".to_owned(),
        format!("   Action: Send web request, POST {hook_url}"),
        format!(
            "   Headers: {}: the value of [tracker.jira] button_secrets; Content-Type: application/json",
            super::hook::BUTTON_HEADER
        ),
        format!("   Body (custom data): {BUTTON_BODY}"),
    ]);
    steps
}

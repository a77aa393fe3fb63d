//! What has to be created in Redmine: the text of `hotroom tracker setup redmine`. Nothing is changed.

use super::settings::RedmineSettings;

/// A permission of Redmine's roles.
pub(super) struct RolePermission {
    /// Its name in the API.
    pub name: &'static str,
    /// Its name on Redmine's pages.
    pub shown: &'static str,
    /// What is not possible without it.
    pub needed_for: &'static str,
    /// True if hotroom can do nothing useful without it.
    pub is_vital: bool,
}

const fn permission(
    name: &'static str,
    shown: &'static str,
    needed_for: &'static str,
    is_vital: bool,
) -> RolePermission {
    RolePermission { name, shown, needed_for, is_vital }
}

/// The permissions that the role of hotroom's account needs.
pub(super) const PERMISSIONS: [RolePermission; 6] = [
    permission("add_issues", "Add issues", "create issues", true),
    permission("edit_issues", "Edit issues", "move and assign issues", true),
    permission("add_issue_notes", "Add notes", "comment", true),
    permission("view_issue_watchers", "View watchers list", "invite watchers", false),
    permission("add_issue_watchers", "Add watchers", "add watchers", false),
    permission("manage_issue_relations", "Manage issue relations", "link follow-ups", false),
];

/// Lists what has to be created, one step a line.
pub fn setup_steps(settings: &RedmineSettings) -> Vec<String> {
    let projects: Vec<&str> = settings.projects.iter().map(|project| project.identifier.as_str()).collect();
    let mut steps = vec![
        "1. REST API (Administration > Settings > API): enable it.".to_owned(),
        "2. Role (Administration > Roles and permissions > New role) with these permissions:".to_owned(),
    ];
    steps.extend(PERMISSIONS.iter().map(|one| format!("   {}: {}", one.shown, one.needed_for)));
    steps.extend([
        "   In Workflow give the role every transition that hotroom is to make.".to_owned(),
        format!("3. Account: create one for hotroom, with that role in {}.", projects.join(", ")),
        "   Its API access key (My account > Show) is the value of [tracker.redmine] api_key.".to_owned(),
        "4. Custom field (Administration > Custom fields > Issues): format Text, \"Used as a filter\", for those"
            .to_owned(),
        format!("   projects and their trackers. Its number must be {}, the value of mark_field.", settings.mark_field),
    ]);
    steps
}

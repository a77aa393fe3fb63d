//! What the fake Jira has from the start: people, projects, workflows and fields.

use serde_json::{Value, json};

/// Our account.
pub const BOT: &str = "5b10a2844c20165700ede21b";
/// A person.
pub const ANN: &str = "5b10ac8d82e05b22cc7d4ef5";
/// Another person.
pub const BEN: &str = "5b109f2e9729b51b54dc274d";
/// The mail address of our account.
pub const MAIL: &str = "hotroom@acme.example";
/// The token of our account.
pub const TOKEN: &str = "ATATT3xFfGF0hotroom";
/// The secret of the webhook.
pub const HOOK_SECRET: &str = "jira-webhook-secret";
/// The secret of the button.
pub const BUTTON_TOKEN: &str = "jira-button-secret";

/// Everybody, with their names.
const PEOPLE: [(&str, &str); 3] = [(BOT, "Hotroom"), (ANN, "Ann"), (BEN, "Ben")];
/// The priorities, with their ids.
pub const PRIORITIES: [(&str, &str); 5] =
    [("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"), ("5", "Lowest")];
/// The components of every project.
pub const COMPONENTS: [(&str, &str); 2] = [("10000", "shop"), ("10001", "web")];
/// The resolutions.
pub const RESOLUTIONS: [(&str, &str); 2] = [("10000", "Done"), ("10001", "Won't Do")];
/// The choices of the field "Cause".
pub const CAUSES: [(&str, &str); 2] = [("10100", "Bug"), ("10101", "Change")];

/// The name of a person.
pub fn person_name(account: &str) -> Option<&'static str> {
    PEOPLE.iter().find(|(id, _)| *id == account).map(|(_, name)| *name)
}

/// A project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FakeProject {
    pub id: &'static str,
    pub key: &'static str,
    pub workflow: Workflow,
}

/// The projects.
pub const PROJECTS: [FakeProject; 3] = [
    FakeProject { id: "10000", key: "OPS", workflow: Workflow::Open },
    FakeProject { id: "10001", key: "DEV", workflow: Workflow::Strict },
    FakeProject { id: "10002", key: "SD", workflow: Workflow::Open },
];

pub fn project(key: &str) -> Option<FakeProject> {
    PROJECTS.into_iter().find(|project| project.key == key || project.id == key)
}

/// The shape of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workflow {
    /// Any status leads to any other.
    Open,
    /// To Do, In Progress, In Review, Done, in this order; the last step asks for a resolution, and Done can be reopened.
    Strict,
}

/// A transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FakeTransition {
    pub id: &'static str,
    pub name: &'static str,
    pub to: &'static str,
    /// Its screen asks for a resolution.
    pub has_screen: bool,
}

const fn to(id: &'static str, name: &'static str, to: &'static str, has_screen: bool) -> FakeTransition {
    FakeTransition { id, name, to, has_screen }
}

impl Workflow {
    /// The transitions that are possible in a status.
    pub fn from(self, status: &str) -> Vec<FakeTransition> {
        match (self, status) {
            (Self::Open, _) => vec![
                to("11", "To Do", "To Do", false),
                to("21", "In Progress", "In Progress", false),
                to("31", "Done", "Done", false),
            ],
            (Self::Strict, "To Do") => vec![to("111", "Start", "In Progress", false)],
            (Self::Strict, "In Progress") => {
                vec![to("121", "Stop", "To Do", false), to("122", "Ask for review", "In Review", false)]
            }
            (Self::Strict, "In Review") => {
                vec![to("131", "Reject", "In Progress", false), to("132", "Resolve", "Done", true)]
            }
            (Self::Strict, _) => vec![to("141", "Reopen", "To Do", false)],
        }
    }

    pub fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Open => &["To Do", "In Progress", "Done"],
            Self::Strict => &["To Do", "In Progress", "In Review", "Done"],
        }
    }
}

/// The id, the category and its id of a status.
pub fn status_parts(name: &str) -> (&'static str, &'static str, u8) {
    match name {
        "To Do" => ("10000", "new", 2),
        "Done" => ("10002", "done", 3),
        "In Review" => ("10003", "indeterminate", 4),
        _ => ("10001", "indeterminate", 4),
    }
}

/// The type of a field.
fn schema(kind: &str, more: &Value) -> Value {
    let mut schema = json!({ "type": kind });
    for (name, value) in more.as_object().into_iter().flatten() {
        schema[name] = value.clone();
    }
    schema
}

/// A field with its id, its name, its type, its choices, and if it is required.
pub struct FakeField {
    pub id: &'static str,
    pub name: &'static str,
    pub schema: Value,
    pub allowed: Vec<Value>,
    pub required: bool,
}

fn field(id: &'static str, name: &'static str, kind: &str, more: Value) -> FakeField {
    FakeField { id, name, schema: schema(kind, &more), allowed: Vec::new(), required: false }
}

fn custom(kind: &str) -> Value {
    json!({ "custom": format!("com.atlassian.jira.plugin.system.customfieldtypes:{kind}"), "customId": 10050 })
}

fn named(all: &[(&str, &str)]) -> Vec<Value> {
    all.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect()
}

/// The fields that a screen has.
pub fn fields() -> Vec<FakeField> {
    let system = |name: &str| json!({ "system": name });
    let list = |items: &str, name: &str| json!({ "items": items, "system": name });
    let causes = CAUSES.iter().map(|(id, value)| json!({ "id": id, "value": value })).collect();
    vec![
        FakeField { required: true, ..field("project", "Project", "project", system("project")) },
        FakeField { required: true, ..field("issuetype", "Issue Type", "issuetype", system("issuetype")) },
        FakeField { required: true, ..field("summary", "Summary", "string", system("summary")) },
        field("description", "Description", "string", system("description")),
        field("labels", "Labels", "array", list("string", "labels")),
        FakeField { allowed: named(&PRIORITIES), ..field("priority", "Priority", "priority", system("priority")) },
        FakeField {
            allowed: named(&COMPONENTS),
            ..field("components", "Components", "array", list("component", "components"))
        },
        field("assignee", "Assignee", "user", system("assignee")),
        field("reporter", "Reporter", "user", system("reporter")),
        field("customfield_10050", "Impact", "string", custom("textarea")),
        field("customfield_10051", "Customers affected", "number", custom("float")),
        FakeField { allowed: causes, ..field("customfield_10052", "Cause", "option", custom("select")) },
        field("customfield_10053", "Impact start", "datetime", custom("datetime")),
        field(
            "customfield_10010",
            "Request Type",
            "sd-customerrequesttype",
            json!({ "custom": "com.atlassian.servicedesk:vp-origin", "customId": 10010 }),
        ),
    ]
}

/// The field that the screen of a strict transition has.
pub fn resolution_field() -> FakeField {
    let system = json!({ "system": "resolution" });
    FakeField {
        allowed: named(&RESOLUTIONS),
        required: true,
        ..field("resolution", "Resolution", "resolution", system)
    }
}

//! The commands implemented in code. Each has exactly one declaration in `commands/*.toml`.

use crate::domain::incident::Command;

macro_rules! acts {
    (
        $($name:ident => $path:literal),+;
        $($group:ident($type:ident) { $($act:ident => $of:literal,)+ })+
    ) => {
        /// A declared command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Act {
            $(#[doc = concat!("`/", $path, "`")] $name,)+
            $(#[doc = "Commands of one family."] $group($type),)+
        }

        $(
            /// A declared command of one family.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub enum $type {
                $(#[doc = concat!("`/", $of, "`")] $act,)+
            }
        )+

        impl Act {
            /// All commands.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+ $($(Self::$group($type::$act),)+)+];

            /// Returns the command path: `incident severity`.
            pub fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)+
                    $($(Self::$group($type::$act) => $of,)+)+
                }
            }
        }
    };
}

acts!(
    Declare => "incident declare",
    Update => "incident update",
    Status => "incident status",
    Severity => "incident severity",
    Role => "incident role",
    IncidentPage => "incident page",
    Note => "incident note",
    Timeline => "incident timeline",
    SendDraft => "incident send",
    Task => "incident task",
    Snooze => "incident snooze",
    Private => "incident private",
    Rename => "incident rename",
    Invite => "incident invite",
    Join => "incident join",
    Link => "incident link",
    List => "incident list",
    Info => "incident info",
    Resolve => "incident resolve",
    Close => "incident close",
    Reopen => "incident reopen",
    Cancel => "incident cancel",
    Merge => "incident merge",
    StatusPage => "incident statuspage",
    Help => "incident help",
    Page => "page",
    PageAck => "page ack",
    PageEscalate => "page escalate",
    PageDecline => "page decline",
    PageSnooze => "page snooze",
    PageReassign => "page reassign",
    PageAdd => "page add",
    PageResolve => "page resolve",
    AlertList => "alert list",
    AlertAck => "alert ack",
    AlertSilence => "alert silence",
    AlertSilences => "alert silences",
    AlertExpire => "alert expire",
    AlertShelve => "alert shelve",
    AlertWhy => "alert why",
    AlertDeclare => "alert declare",
    Board => "board",
    RoomPreviews => "room previews",
    AdminReload => "admin reload",
    AdminInvite => "admin invite",
    AdminJoin => "admin join",
    AdminHold => "admin hold",
    AdminResume => "admin resume",
    AdminSignOut => "admin sign-out";
    Field(FieldAct) {
        List => "field list",
        Set => "field set",
    }
    OnCall(OnCallAct) {
        Now => "oncall now",
        Readiness => "oncall readiness",
        Test => "oncall test",
        Override => "oncall override",
        Take => "oncall take",
        Handover => "oncall handover",
        Gaps => "oncall gaps",
        Calendar => "oncall calendar",
        Cancel => "oncall cancel",
        Contact => "oncall contact",
    }
    Postmortem(PostmortemAct) {
        Show => "postmortem show",
        Open => "postmortem open",
        Assign => "postmortem assign",
        Submit => "postmortem submit",
        Approve => "postmortem approve",
        Return => "postmortem return",
        Publish => "postmortem publish",
        Skip => "postmortem skip",
        Replace => "postmortem replace",
    }
    FollowUp(FollowUpAct) {
        Mine => "followup mine",
        List => "followup list",
        Add => "followup add",
        Change => "followup change",
        Done => "followup done",
        Reopen => "followup reopen",
        Drop => "followup drop",
    }
    Maintenance(MaintenanceAct) {
        List => "status list",
        Schedule => "status maintenance",
        Move => "status move",
        Post => "status post",
        Cancel => "status cancel",
    }
    Issue(IssueAct) {
        Create => "issue create",
        Search => "issue search",
    }
    Report(ReportAct) {
        List => "report list",
        Show => "report show",
        Add => "report add",
        Declare => "report declare",
        Duplicate => "report duplicate",
        Dismiss => "report dismiss",
    }
);

impl Act {
    /// Finds a command by its path.
    pub fn find(path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.path() == path)
    }

    /// Returns the declared command for a domain command. A domain command that only rules and programs use maps to the
    /// closest declared command.
    pub(super) fn of(command: &Command) -> Self {
        match command {
            Command::PostUpdate { .. } => Self::Update,
            Command::SetStatus { .. } => Self::Status,
            Command::SetSeverity { .. } | Command::RaiseSeverity { .. } | Command::ProposeSeverity { .. } => {
                Self::Severity
            }
            Command::AssignRole { .. } => Self::Role,
            Command::AddNote { .. } => Self::Note,
            Command::AddTimeline { .. }
            | Command::KeepMessage { .. }
            | Command::ChangeMessage { .. }
            | Command::TakeOut { .. }
            | Command::SetTime { .. }
            | Command::Mark { .. } => Self::Timeline,
            Command::SetFields { .. } => Self::Field(FieldAct::Set),
            Command::DraftUpdate { .. } | Command::SendDraft { .. } => Self::SendDraft,
            Command::AddTask { .. } | Command::AssignTask { .. } | Command::FinishTask { .. } => Self::Task,
            Command::Snooze { .. } | Command::NudgeUpdate => Self::Snooze,
            Command::SetPrivate { .. } => Self::Private,
            Command::Rename { .. } => Self::Rename,
            Command::Resolve { .. } => Self::Resolve,
            Command::Close { .. } => Self::Close,
            Command::Reopen { .. } => Self::Reopen,
            Command::Cancel { .. } => Self::Cancel,
            Command::Merge { .. } | Command::Absorb(_) => Self::Merge,
            Command::Invite { .. } | Command::RecordRoom { .. } => Self::Invite,
            Command::Join => Self::Join,
            Command::JoinAsAdmin { .. } => Self::AdminJoin,
            Command::PostStatus { .. } => Self::StatusPage,
            Command::LinkGroup { .. } | Command::ClearGroup { .. } => Self::Link,
            Command::RecordPage { .. }
            | Command::Record(_)
            | Command::RecordIssue(_)
            | Command::RecordOutsidePage(_) => Self::IncidentPage,
        }
    }
}

//! The outage as data: checkout fails because its database has no connections left.

/// A step of the script.
pub(super) enum Step {
    /// Tell the viewer where to look.
    Tell(&'static str),
    /// Monitoring posts alerts.
    Alerts(&'static [Fire]),
    /// The bot opens a hot room.
    Opens,
    /// The person on call acknowledges the page.
    Acknowledges,
    /// The bot opens the post-mortem of the incident.
    Reviews,
    /// Someone writes a section of the post-mortem.
    Writes(&'static str, &'static str, &'static str),
    /// Someone sends a command in the hot room.
    Says(&'static str, &'static str),
}

/// An alert of the script.
pub(super) struct Fire {
    pub name: &'static str,
    pub severity: &'static str,
    pub service: &'static str,
    pub host: &'static str,
    pub summary: &'static str,
    pub over: bool,
}

impl Fire {
    /// Returns its state in Alertmanager's words.
    pub fn state(&self) -> &'static str {
        if self.over { "resolved" } else { "firing" }
    }
}

const fn slow(over: bool) -> Fire {
    Fire {
        name: "HighLatency",
        severity: "warning",
        service: "api",
        host: "api-1",
        summary: "p99 of the API is 2.1 s",
        over,
    }
}

const fn errors(host: &'static str, over: bool) -> Fire {
    Fire {
        name: "CheckoutErrors",
        severity: "critical",
        service: "checkout",
        host,
        summary: "38 % of payments fail with 500",
        over,
    }
}

const fn connections(over: bool) -> Fire {
    Fire {
        name: "ConnectionsExhausted",
        // A second critical alert on checkout would open a second room, and the script is about one.
        severity: "warning",
        service: "checkout",
        host: "db-1",
        summary: "500 of 500 connections are in use",
        over,
    }
}

/// The script.
pub(super) const SCRIPT: &[Step] = &[
    Step::Tell("# A warning arrives: one message in #alerts, nobody is paged"),
    Step::Alerts(&[slow(false)]),
    Step::Tell("# A critical alert on a critical service opens a hot room and pages whoever is on call"),
    Step::Alerts(&[errors("web-1", false)]),
    Step::Opens,
    Step::Tell("# More alerts of the same kind: the message in #alerts is updated, no new one is posted"),
    Step::Alerts(&[errors("web-1", false), errors("web-2", false), errors("web-3", false)]),
    Step::Acknowledges,
    Step::Tell("# People work in the room: the card, the side bar and the timeline follow"),
    Step::Says("bob", "/incident role tech_lead @bob"),
    Step::Says("dee", "/incident role communications_manager @dee"),
    Step::Says("ann", "/incident severity sev2 \"card payments only\""),
    Step::Says(
        "ann",
        "/incident update \"Payments have been failing for a few minutes.\" impact:\"38 % of payments\" next:30m",
    ),
    Step::Says("bob", "/incident task \"Check the connections of db-1\" person:@bob"),
    Step::Tell("# Customers are informed: see /status"),
    Step::Says(
        "dee",
        "/incident statuspage investigating \"Some payments fail. We are looking into it.\" components:checkout=partial_outage",
    ),
    Step::Alerts(&[connections(false)]),
    Step::Says("bob", "/incident note \"The pool of db-1 is full; the last deploy doubled it on every host\""),
    Step::Says("bob", "/incident status identified"),
    Step::Says("bob", "/incident task done:1"),
    Step::Says(
        "ann",
        "/incident update \"A deploy used up the database's connections. We are rolling back.\" cause:deploy",
    ),
    Step::Says("dee", "/incident statuspage identified \"We know the cause and are rolling back a change.\""),
    Step::Tell("# The rollback works: alerts resolve one by one, the messages turn green"),
    Step::Alerts(&[connections(true), errors("web-1", true)]),
    Step::Says("bob", "/incident status monitoring"),
    Step::Alerts(&[errors("web-2", true), errors("web-3", true), slow(true)]),
    Step::Tell("# Resolving restores on the status page exactly what this incident changed"),
    Step::Says("ann", "/incident resolve \"Rolled the deploy back; payments have worked since then.\" cause:change"),
    Step::Tell("# The record fills a post-mortem; people write what only they know, approve it and publish it"),
    Step::Reviews,
    Step::Writes(
        "ann",
        "root_cause",
        "The connection pool is sized per host. The deploy added hosts, so together they asked the database for **twice** \
         the connections that it has.",
    ),
    Step::Writes(
        "ann",
        "five_whys",
        "1. Payments failed, because checkout got no connection.\n2. It got none, because the pools of all hosts used all 500.\n\
         3. They did, because the deploy doubled the hosts and not the limit.",
    ),
    Step::Writes(
        "bob",
        "went_well",
        "- The page was acknowledged within a minute.\n- The rollback needed one command.",
    ),
    Step::Writes(
        "bob",
        "lucky",
        "It was a Tuesday morning. On the evening of a sale the same deploy would have stopped every payment.",
    ),
    Step::Writes("ann", "lessons", "A limit that every host has for itself is no limit of the database."),
    Step::Says("bob", "/followup add \"Alert at 80 % of the connections of db-1\" owner:@bob class:detect"),
    Step::Says("ann", "/followup add \"Size the pools by the limit of the database\" owner:@cho priority:yes"),
    Step::Says("ann", "/postmortem submit"),
    Step::Says("bob", "/postmortem approve"),
    Step::Says("ann", "/postmortem publish"),
    Step::Says("ann", "/incident close \"Nothing is left to do.\""),
];

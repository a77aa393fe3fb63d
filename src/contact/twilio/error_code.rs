//! Twilio's error codes: what they mean for the person who was to be reached.

use std::fmt;

use TwilioErrorKind::{Account, Content, Number, OptOut, Temporary};

/// What an error means for later attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwilioErrorKind {
    /// The number cannot be reached by this method, now or later.
    Number,
    /// The person has answered STOP.
    OptOut,
    /// It may work later.
    Temporary,
    /// The text was refused, by Twilio or a carrier.
    Content,
    /// The account or its settings have to be changed.
    Account,
}

/// An error that Twilio reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwilioError {
    /// Its number, as in Twilio's documentation.
    pub code: u32,
}

/// The codes that concern messages and calls, in ascending order.
const CODES: [(u32, TwilioErrorKind, &str); 53] = [
    (10001, Account, "account not active"),
    (11200, Account, "hotroom's answer could not be fetched"),
    (11205, Account, "hotroom could not be connected to"),
    (11210, Account, "the host of public_url is unknown"),
    (11237, Account, "the certificate of public_url is not trusted"),
    (12100, Account, "hotroom's answer could not be read"),
    (13224, Number, "invalid number"),
    (13225, Number, "calls to this number are blocked"),
    (13227, Account, "calls to this country are not enabled"),
    (14107, Temporary, "too many messages"),
    (20003, Account, "authentication failed: account_sid or auth_token is wrong"),
    (20005, Account, "account not active"),
    (20008, Account, "test credentials cannot do this"),
    (20404, Account, "account not found: account_sid is wrong"),
    (20429, Temporary, "too many requests"),
    (21201, Number, "number missing"),
    (21205, Account, "public_url is not an address that Twilio can reach"),
    (21210, Account, "voice_from is no number of the account"),
    (21211, Number, "invalid number"),
    (21212, Account, "from or voice_from is no valid number"),
    (21214, Number, "number cannot be reached"),
    (21215, Account, "calls to this country are not enabled"),
    (21216, Account, "calls to this number are not allowed"),
    (21217, Number, "invalid number"),
    (21219, Account, "a trial account reaches verified numbers only"),
    (21408, Account, "messages to this country are not enabled"),
    (21601, Account, "from cannot send messages"),
    (21602, Content, "empty message"),
    (21603, Account, "from is missing"),
    (21604, Number, "number missing"),
    (21606, Account, "from cannot send messages to this country"),
    (21608, Account, "a trial account reaches verified numbers only"),
    (21609, Account, "public_url is not an address that Twilio can reach"),
    (21610, OptOut, "the person has answered STOP"),
    (21611, Temporary, "too many messages waiting"),
    (21612, Number, "number cannot be reached from this sender"),
    (21614, Number, "not a mobile number"),
    (21617, Content, "message too long"),
    (21635, Number, "landline: cannot receive messages"),
    (21703, Account, "the messaging service has no number that can send"),
    (21704, Account, "the messaging service has no number"),
    (30001, Temporary, "too many messages waiting"),
    (30002, Account, "account suspended"),
    (30003, Temporary, "unreachable"),
    (30004, Number, "messages from this sender are blocked"),
    (30005, Number, "unknown or inactive number"),
    (30006, Number, "landline or unreachable carrier"),
    (30007, Content, "filtered by the carrier"),
    (30008, Temporary, "unknown error of the carrier"),
    (30022, Temporary, "too many messages"),
    (30034, Account, "from is not registered for messages to the USA"),
    (30036, Temporary, "not delivered in time"),
    (30410, Temporary, "the carrier did not answer"),
];

impl TwilioError {
    /// The person has answered STOP.
    pub const OPT_OUT: Self = Self { code: 21610 };

    /// Returns what it means for later attempts; codes that are not in the table are treated as temporary, because nothing
    /// may be disabled for an unknown reason.
    pub fn kind(self) -> TwilioErrorKind {
        self.entry().map_or(Temporary, |(_, kind, _)| *kind)
    }

    /// Returns the meaning in a few words; `None` for a code that is not in the table.
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|(_, _, meaning)| *meaning)
    }

    fn entry(self) -> Option<&'static (u32, TwilioErrorKind, &'static str)> {
        CODES.binary_search_by_key(&self.code, |(code, ..)| *code).ok().map(|at| &CODES[at])
    }
}

impl fmt::Display for TwilioError {
    /// `30003 unreachable`; for an unknown code the address that explains it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code;
        match self.meaning() {
            Some(meaning) => write!(f, "{code} {meaning}"),
            None => write!(f, "{code}, see https://www.twilio.com/docs/api/errors/{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_with_its_meaning() {
        assert_eq!(TwilioError { code: 30003 }.to_string(), "30003 unreachable");
        assert_eq!(TwilioError { code: 21610 }.to_string(), "21610 the person has answered STOP");
        let unknown = TwilioError { code: 99999 };
        assert_eq!(unknown.to_string(), "99999, see https://www.twilio.com/docs/api/errors/99999");
        assert_eq!(unknown.kind(), Temporary);
    }

    #[test]
    fn every_code_is_found() {
        assert!(CODES.is_sorted_by(|one, other| one.0 < other.0), "in ascending order, each once");
        for (code, kind, meaning) in CODES {
            let error = TwilioError { code };
            assert_eq!((error.kind(), error.meaning()), (kind, Some(meaning)));
            assert!(meaning.len() < 70, "{meaning}");
        }
    }
}

//! How long an answer asks to wait: the header `Retry-After` (RFC 9110, 10.2.3), seconds or a date.

use std::time::Duration;

use chrono::NaiveDateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::domain::Timestamp;

/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The forms of a date: IMF-fixdate, and the two that RFC 9110 calls obsolete.
const DATES: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Parses the wait. A date is compared with the answer's own `Date`, so that a clock that is off does no harm, and with
/// `now` where the answer has none. `None` if nothing is asked, or nothing that can be read.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let wait = (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST))?;
        return Some(wait.min(LONGEST));
    }
    let until = parse_date(text)?;
    let from = headers.get(DATE).and_then(|date| parse_date(date.to_str().ok()?.trim())).unwrap_or(now);
    Some((until - from).to_std().unwrap_or_default().min(LONGEST))
}

fn parse_date(text: &str) -> Option<Timestamp> {
    DATES.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(header: &str, date: Option<&str>) -> Option<f64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, header.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        let now = parse_date("Sun, 06 Nov 1994 08:49:07 GMT").unwrap();
        retry_after(&headers, now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(wait("0", None), Some(0.0));
        assert_eq!(wait(" 120 ", None), Some(120.0));
        assert_eq!(wait("1.5", None), Some(1.5));
        assert_eq!(wait("99999999999999999999", None), Some(86_400.0), "no longer than a day");
        assert_eq!(wait("inf", None), Some(86_400.0));
    }

    #[test]
    fn a_date_in_any_form_is_counted_from_the_date_of_the_answer_or_from_now() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(wait(date, None), Some(30.0), "{date}");
            assert_eq!(wait(date, Some("Sun, 06 Nov 1994 08:49:27 GMT")), Some(10.0), "{date}");
            assert_eq!(wait(date, Some("junk")), Some(30.0), "{date}");
        }
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", None), Some(0.0), "it is past");
        assert_eq!(wait("Mon, 06 Nov 2006 08:00:00 GMT", None), Some(86_400.0), "no longer than a day");
    }

    #[test]
    fn junk_asks_for_nothing() {
        for junk in ["", "soon", "-5", "NaN", "1 2", "Sun, 06 Nov 1994", "Mon, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(junk, None), None, "{junk}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }
}

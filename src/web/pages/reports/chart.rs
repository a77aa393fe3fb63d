//! The chart of a report: every incident as a dot, by the day it was declared and by how long it took.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::Serialize;

use crate::{
    app::reports::TimesReport,
    domain::{
        Timestamp,
        report::{Measure, Spread, midnight},
    },
};

/// The size of the drawing, and the place of the plot in it.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 704.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 248.0;

/// The most dots: more cannot be told apart.
const DOTS: usize = 2_000;

/// The labels of the scale, in milliseconds.
const SCALE: [i64; 8] =
    [60_000, 10 * 60_000, 3_600_000, 6 * 3_600_000, 86_400_000, 7 * 86_400_000, 30 * 86_400_000, 365 * 86_400_000];

/// A chart with a dot for every incident. Its places are in the units of its `viewBox`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DotChart {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// The left edge of the plot.
    pub left: f64,
    /// The right edge of the plot.
    pub right: f64,
    /// The upper edge of the plot.
    pub top: f64,
    /// The lower edge of the plot.
    pub bottom: f64,
    /// The dots.
    pub dots: Vec<ChartDot>,
    /// True if the oldest incidents have no dot.
    pub cut: bool,
    /// The labels of the durations.
    pub spans: Vec<SpanTick>,
    /// The labels of the days.
    pub days: Vec<DayTick>,
    /// The line of the median.
    pub median: SpanTick,
    /// The line of the ninth decile.
    pub p90: SpanTick,
}

/// A dot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartDot {
    /// From the left.
    pub x: f64,
    /// From above.
    pub y: f64,
    /// The key of its incident.
    pub key: String,
    /// How long it took, in milliseconds.
    pub span_ms: i64,
}

/// A duration on the scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpanTick {
    /// From above.
    pub y: f64,
    /// The duration in milliseconds.
    pub span_ms: i64,
}

/// A day on the scale.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayTick {
    /// From the left.
    pub x: f64,
    /// `2 Nov`
    pub text: String,
}

impl DotChart {
    /// Draws a measure; `None` if no incident of the report has it.
    pub fn draw(measure: Measure, report: &TimesReport, zone: Tz) -> Option<Self> {
        let spread = report.figures.iter().find(|figure| figure.measure == measure)?.spread?;
        let plot = Plot::of(report, spread);
        let known = report.incidents.iter().filter_map(|incident| Some((incident, measure.of(incident)?)));
        let dots: Vec<ChartDot> = known
            .take(DOTS)
            .map(|(incident, span_ms)| ChartDot {
                x: plot.x(incident.declared),
                y: plot.y(span_ms),
                key: incident.key.to_string(),
                span_ms,
            })
            .collect();
        let tick = |span_ms: i64| SpanTick { y: plot.y(span_ms), span_ms };
        let figure = report.figures.iter().find(|figure| figure.measure == measure)?;
        Some(Self {
            width: WIDTH,
            height: HEIGHT,
            left: LEFT,
            right: RIGHT,
            top: TOP,
            bottom: BOTTOM,
            cut: figure.count > dots.len(),
            dots,
            spans: SCALE.into_iter().filter(|span| plot.shows(*span)).map(tick).collect(),
            days: plot.days(zone),
            median: tick(spread.median),
            p90: tick(spread.p90),
        })
    }
}

/// The scales of a plot: linear in time, logarithmic in duration, because incidents take from minutes to days.
struct Plot {
    from: Timestamp,
    until: Timestamp,
    shortest: i64,
    longest: i64,
}

impl Plot {
    fn of(report: &TimesReport, spread: Spread) -> Self {
        let shortest = spread.shortest.clamp(60_000, 3_600_000);
        let longest = spread.longest.max(shortest * 10);
        Self { from: report.period.from, until: report.period.until, shortest, longest }
    }

    fn x(&self, at: Timestamp) -> f64 {
        let all = real((self.until - self.from).num_seconds().max(1));
        let share = real((at - self.from).num_seconds()) / all;
        rounded(LEFT + (RIGHT - LEFT) * share.clamp(0.0, 1.0))
    }

    fn y(&self, span: i64) -> f64 {
        let (low, high) = (real(self.shortest).ln(), real(self.longest).ln());
        let share = (real(span.max(self.shortest)).ln() - low) / (high - low);
        rounded(BOTTOM - (BOTTOM - TOP) * share.clamp(0.0, 1.0))
    }

    fn shows(&self, span: i64) -> bool {
        (self.shortest..=self.longest).contains(&span)
    }

    /// Labels for about six days of the period.
    fn days(&self, zone: Tz) -> Vec<DayTick> {
        let first = self.from.with_timezone(&zone).date_naive();
        let days = (self.until - self.from).num_days().max(1);
        let step = u64::try_from(days / 6).unwrap_or(0).max(1);
        let day = |n: u64| -> Option<NaiveDate> { first.checked_add_days(Days::new(n * step)) };
        let labelled = (0..7).filter_map(day).map(|date| (date, midnight(date, zone)));
        let inside = labelled.filter(|(_, at)| *at < self.until);
        inside.map(|(date, at)| DayTick { x: self.x(at), text: date.format("%-d %b").to_string() }).collect()
    }
}

/// A number of seconds or milliseconds in computations; a chart needs few of its digits.
fn real(number: i64) -> f64 {
    number as f64
}

/// A place with one digit after the point.
fn rounded(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

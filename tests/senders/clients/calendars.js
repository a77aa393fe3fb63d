// Reads a calendar feed with ical.js: node calendars.js ADDRESS. Prints its events.

const loaded = require("ical.js");

const ICAL = loaded.default ?? loaded;

(async () => {
  const calendar = new ICAL.Component(ICAL.parse(await (await fetch(process.argv[2])).text()));
  const plain = (time) => time.toICALString();
  const events = calendar.getAllSubcomponents("vevent").map((event) => new ICAL.Event(event));
  const lines = events.map((event) => [plain(event.startDate), event.uid, `${plain(event.startDate)} ${plain(event.endDate)} ${event.summary}`]);
  lines.sort((a, b) => (a[0] + a[1] < b[0] + b[1] ? -1 : 1));
  lines.forEach(([, , line]) => console.log(line));
})().catch((error) => { console.error(error.message); process.exit(1); });

// Reads a feed of the status page with rss-parser: node feeds.js ADDRESS. Prints its titles.

const Parser = require("rss-parser");

new Parser().parseURL(process.argv[2]).then(
  (feed) => feed.items.forEach(({ title, link, content, isoDate }) => console.log(link && isoDate && `${title} | ${content}`)),
  (error) => { console.error(error.message); process.exit(1); },
);

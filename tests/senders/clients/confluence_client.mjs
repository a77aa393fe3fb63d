// The client confluence.js, which checks every answer by its own schemas, drives the fake Confluence Cloud: URL MAIL TOKEN PARENT PAGE.
import { pathToFileURL } from 'node:url';

const [host, email, apiToken, parent, written] = process.argv.slice(2);
const dist = (name) => pathToFileURL(`node_modules/confluence.js/dist/${name}/index.js`);
const { createV2Client } = await import(dist('v2'));
const { createV1Client } = await import(dist('v1'));
const settings = { host, auth: { type: 'basic', email, apiToken } };
const wiki = createV2Client(settings);
const old = createV1Client(settings);

const check = (condition, what) => {
  if (!condition) {
    console.error(`not as Confluence does it: ${what}`);
    process.exit(1);
  }
};
const refused = async (call) => {
  try {
    await call();
    return 0;
  } catch (error) {
    return error.status ?? error.response?.status ?? error.cause?.status ?? 1;
  }
};

// What hotroom wrote.
const page = await wiki.page.getPageById({ id: written, bodyFormat: 'storage' });
check(page.title === 'HOT-1: Checkout is slow' && page.parentId === parent, 'the page');
check(page.body.storage.value.includes('<strong>42</strong> orders &amp; &lt;more&gt;'), 'the body');
const marks = await wiki.contentProperties.getPageContentProperties({ pageId: written, key: 'hotroom' });
check(marks.results[0].value.version === 1, 'the property');

// What the client does itself.
const { results: spaces } = await wiki.space.getSpaces({ keys: ['OPS'] });
check(/^\d+$/.test(spaces[0].id), 'the id of the space');
const storage = (value) => ({ representation: 'storage', value });
const body = { spaceId: spaces[0].id, status: 'current', title: 'Minutes', parentId: parent, body: storage('<p>First</p>') };
const made = await wiki.page.createPage({ body });
check(made.version.number === 1, 'create');
const found = await wiki.page.getPages({ spaceId: [spaces[0].id], title: 'Minutes' });
check(found.results[0].id === made.id, 'find');
const change = (number) => ({
  id: made.id,
  body: { id: made.id, status: 'current', title: 'Minutes', body: storage('<p>Second</p>'), version: { number, message: 'x' } },
});
check((await refused(() => wiki.page.updatePage(change(5)))) !== 0, 'a version that is not the next');
check((await wiki.page.updatePage(change(2))).version.number === 2, 'update');
check((await refused(() => wiki.page.createPage({ body }))) !== 0, 'a title that is taken');
const property = await wiki.contentProperties.createPageProperty({ pageId: made.id, key: 'k', value: { a: 1 } });
const updated = await wiki.contentProperties.updatePagePropertyById({
  pageId: made.id,
  propertyId: property.id,
  key: 'k',
  value: { a: 2 },
  version: { number: 2, message: '' },
});
check(updated.version.number === 2, 'property');
const labels = await old.contentLabels.addLabelsToContent({ id: made.id, body: [{ prefix: 'global', name: 'minutes' }] });
check(labels.results[0].name === 'minutes', 'labels by v1');
const operations = await wiki.operation.getSpaceOperations({ id: spaces[0].id });
check(operations.operations.some((one) => one.operation === 'create' && one.targetType === 'page'), 'operations');
await wiki.page.deletePage({ id: made.id });
check((await wiki.page.getPageById({ id: made.id })).status === 'trashed', 'trash');
console.log('all as Confluence does it');

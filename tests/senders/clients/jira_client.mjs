// The client jira.js, which checks every answer by its own schemas, drives the fake Jira Cloud: URL MAIL TOKEN ACCOUNT.
import { pathToFileURL } from 'node:url';

const [host, email, apiToken, person] = process.argv.slice(2);
const { createCloudClient } = await import(pathToFileURL('node_modules/jira.js/dist/index.js'));
const jira = createCloudClient({ host, auth: { type: 'basic', email, apiToken }, onSchemaMismatch: 'throw' });

const doc = (text) => ({ type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text }] }] });
const check = (condition, what) => {
  if (!condition) {
    console.error(`not as Jira does it: ${what}`);
    process.exit(1);
  }
};

check((await jira.myself.getCurrentUser({})).accountId, 'myself');
check((await jira.serverInfo.getServerInfo()).serverTime, 'serverInfo');
const fields = {
  project: { key: 'OPS' },
  issuetype: { name: 'Incident' },
  summary: 'Checkout fails',
  description: doc('It fails'),
  labels: ['hotroom-1-HOT-P7'],
};
const created = await jira.issues.createIssue({ fields });
const issueIdOrKey = created.key;
check(issueIdOrKey === 'OPS-1', 'create');
const { transitions } = await jira.issues.getTransitions({ issueIdOrKey, expand: 'transitions.fields' });
const transition = transitions.find((one) => one.to.name === 'In Progress');
await jira.issues.doTransition({ issueIdOrKey, transition: { id: transition.id } });
await jira.issues.assignIssue({ issueIdOrKey, accountId: person });
await jira.issues.editIssue({ issueIdOrKey, fields: { priority: { name: 'High' } } });
const comment = await jira.issueComments.addComment({ issueIdOrKey, body: doc('Hello') });
const comments = await jira.issueComments.getComments({ issueIdOrKey, orderBy: '-created' });
check(comments.comments[0].id === comment.id, 'comments');
await jira.issueWatchers.addWatcher({ issueIdOrKey, body: person });
const watchers = await jira.issueWatchers.getIssueWatchers({ issueIdOrKey });
check(watchers.watchers.some((one) => one.accountId === person), 'watchers');
await jira.issueRemoteLinks.createOrUpdateRemoteIssueLink({
  issueIdOrKey,
  globalId: 'hotroom=1',
  object: { url: 'https://hot.example.com/r', title: 'room' },
});
const issue = await jira.issues.getIssue({ issueIdOrKey, expand: ['changelog'] });
check(issue.fields.status.name === 'In Progress', 'status');
check(issue.changelog.histories.length === 3, 'history');
await jira.issues.getEditIssueMeta({ issueIdOrKey });
const types = await jira.issues.getCreateIssueMetaIssueTypes({ projectIdOrKey: 'OPS' });
check(types.issueTypes.length === 1, 'issue types');
await jira.issues.getCreateIssueMetaIssueTypeId({ projectIdOrKey: 'OPS', issueTypeId: '10000' });
await jira.permissions.getMyPermissions({ projectKey: 'OPS', permissions: 'CREATE_ISSUES' });
await jira.projects.getAllStatuses({ projectIdOrKey: 'OPS' });
await jira.issueFields.getFields();
await jira.issueLinkTypes.getIssueLinkTypes();
const early = await jira.issueSearch.searchAndReconsileIssuesUsingJql({ jql: 'project = OPS', fields: ['summary'] });
check(early.issues.length === 0, 'a new issue is not found at once');
console.log('all as Jira does it');

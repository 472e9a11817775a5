// The page of the newsroom. It has no state but the address: #/articles/7 shows an article, #/tags/city a section.

const find = (id) => document.getElementById(id);
const element = (name, text, attributes = {}) => {
  const made = Object.assign(document.createElement(name), attributes);
  if (text !== undefined) made.textContent = text;
  return made;
};

class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title);
    this.mistakes = (problem.errors ?? []).map((each) => `${(each.pointer ?? each.parameter ?? '').replace('#/', '')}: ${each.detail}`);
    if (this.mistakes.length === 0) this.mistakes = [this.message];
  }
}

async function ask(method, path, body) {
  const options = { method };
  if (body instanceof FormData || body instanceof Blob) {
    options.body = body;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { 'Content-Type': 'application/json' };
  }
  const response = await fetch(path, options);
  if (!response.ok) {
    const isProblem = (response.headers.get('Content-Type') ?? '').includes('json');
    throw new Refused(isProblem ? await response.json() : { title: `${response.status} ${response.statusText}` });
  }
  return response.status === 204 ? null : response.json();
}

// ---- the front page

const front = { page: 1, tag: '', words: '' };

async function showHeadlines(append = false) {
  const query = new URLSearchParams({ page: front.page, size: 13 });
  if (front.words) query.set('q', front.words);
  if (front.tag) query.set('tag', front.tag);
  const list = await ask('GET', `${front.words ? '/articles/search' : '/articles'}?${query}`);
  const items = list.articles.map((each) => {
    const link = element('a', undefined, { href: `#/articles/${each.id}` });
    link.append(element('h2', each.title), element('p', `${each.author} · ${each.published_on}`));
    const item = element('li');
    item.dataset.id = each.id;
    item.append(link);
    return item;
  });
  if (!append) find('headlines').replaceChildren();
  find('headlines').append(...items);
  find('more').hidden = list.page >= list.pages;
  const what = front.words ? `found for “${front.words}”` : front.tag ? `in ${front.tag}` : 'in the archive';
  find('caption').textContent = `${list.total} ${list.total === 1 ? 'article' : 'articles'} ${what}`;
  markCurrent();
}

function showSections() {
  const sections = ['', 'city', 'people', 'nature', 'engineering', 'railway', 'politics'];
  find('tags').replaceChildren(...sections.map((tag) => {
    const link = element('a', tag || 'all', { href: tag ? `#/tags/${tag}` : '#' });
    if (tag === front.tag && !front.words) link.setAttribute('aria-current', 'page');
    const item = element('li');
    item.append(link);
    return item;
  }));
}

function markCurrent() {
  for (const item of find('headlines').children) {
    item.toggleAttribute('aria-current', reading !== null && item.dataset.id === String(reading.id));
  }
}

// ---- one article and its comments

let reading = null;
let live = null;

async function showArticle(id) {
  reading = await ask('GET', `/articles/${id}`);
  find('kicker').textContent = reading.tags.join(' · ');
  find('title').textContent = reading.title;
  find('byline').textContent = `by ${reading.author}, ${reading.published_on}` + (reading.revision > 1 ? `, revision ${reading.revision}` : '');
  find('body').textContent = reading.body;
  showPicture();
  find('reader').hidden = false;
  document.querySelector('main').classList.add('reading');
  document.title = `${reading.title} · The Newsroom`;
  markCurrent();
  follow(id);
}

function showPicture() {
  const image = find('image');
  find('figure').hidden = true;
  image.onload = () => { find('figure').hidden = false; };
  image.src = `/articles/${reading.id}/picture?${Date.now()}`;
}

// Listens first and asks for what is there then, so that none falls between.
function follow(id) {
  live?.close();
  find('comments').replaceChildren();
  const shown = new Set();
  const show = (comment, isNew) => {
    if (shown.has(comment.id)) return;
    shown.add(comment.id);
    const item = element('li');
    item.classList.toggle('new', isNew);
    item.append(element('b', comment.author), element('time', comment.at), element('p', comment.text));
    find('comments').append(item);
  };
  const source = live = new EventSource(`/articles/${id}/comments/live`);
  source.onopen = async () => {
    find('live').classList.add('on');
    const comments = await ask('GET', `/articles/${id}/comments`);
    if (live === source) comments.forEach((each) => show(each, false));
  };
  source.onerror = () => find('live').classList.remove('on');  // the browser tries again and resumes
  source.addEventListener('comment', (event) => show(JSON.parse(event.data), true));
}

function closeArticle() {
  live?.close();
  live = reading = null;
  find('reader').hidden = true;
  document.querySelector('main').classList.remove('reading');
  document.title = 'The Newsroom';
}

find('comment').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  await ask('POST', `/articles/${reading.id}/comments`, { author: form.author.value, text: form.text.value });
  form.text.value = '';
});

find('picture').addEventListener('change', async (event) => {
  const form = new FormData();
  form.append('picture', event.target.files[0]);
  event.target.value = '';
  try {
    await ask('POST', `/articles/${reading.id}/picture`, form);
    showPicture();
  } catch (problem) {
    alert(problem.message);
  }
});

find('remove').addEventListener('click', async () => {
  if (!confirm(`Delete “${reading.title}”?`)) return;
  await ask('DELETE', `/articles/${reading.id}`);
  location.hash = '';
});

// ---- writing

function openEditor(article) {
  const dialog = find('editor');
  const form = dialog.querySelector('form');
  form.reset();
  find('editor-title').textContent = article ? 'Rewrite' : 'A new article';
  for (const name of ['title', 'author', 'body']) form[name].value = article?.[name] ?? '';
  form.tags.value = article?.tags.join(', ') ?? '';
  form.querySelector('.mistakes').replaceChildren();
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== 'save') return;
    event.preventDefault();
    const text = { title: form.title.value, author: form.author.value, body: form.body.value, tags: form.tags.value.split(',').map((tag) => tag.trim()).filter(Boolean) };
    try {
      const saved = await ask(article ? 'PUT' : 'POST', article ? `/articles/${article.id}` : '/articles', text);
      dialog.close();
      await showHeadlines();
      if (article) await showArticle(saved.id);
      location.hash = `#/articles/${saved.id}`;
    } catch (problem) {
      form.querySelector('.mistakes').replaceChildren(...(problem.mistakes ?? [problem.message]).map((each) => element('li', each)));
    }
  };
  dialog.showModal();
}

find('compose').addEventListener('click', () => openEditor(null));
find('edit').addEventListener('click', () => openEditor(reading));

// ---- importing

function sampleFile() {
  const nouns = ['Harbour', 'Tram', 'Orchard', 'Choir', 'Market', 'Observatory', 'Ferry', 'Archive'];
  const verbs = ['reopens', 'wins a prize', 'asks for help', 'changes its mind', 'turns one hundred', 'goes quiet'];
  const lines = Array.from({ length: 500 }, (_, i) => JSON.stringify({
    title: `${nouns[i % nouns.length]} ${verbs[i % verbs.length]}`, author: 'Wire service', body: `Report number ${i + 1} of the wire.`, tags: ['wire'],
  }));
  return new Blob([lines.join('\n')], { type: 'application/x-ndjson' });
}

async function runImport(file) {
  const bar = find('progress');
  const state = find('import-state');
  try {
    let job = await ask('POST', '/imports', new Blob([file], { type: 'application/x-ndjson' }));
    bar.hidden = false;
    while (job.state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 200));
      job = await ask('GET', `/imports/${job.id}`);
      bar.value = job.progress;
      state.textContent = `${Math.round(job.progress * 100)} %  ${job.message}`;
    }
    state.textContent = job.state === 'failed' ? `failed: ${job.error}` : job.message;
    front.page = 1;
    await showHeadlines();
  } catch (problem) {
    state.textContent = problem.message;
  }
}

find('import').addEventListener('click', () => find('importer').showModal());
find('sample').addEventListener('click', () => runImport(sampleFile()));
find('start').addEventListener('click', () => {
  const [file] = find('importer').querySelector('input').files;
  if (file) runImport(file);
});

// ---- addresses, search, health

async function route() {
  const [, kind, name] = location.hash.split('/');
  front.page = 1;
  if (kind === 'articles') {
    if (find('headlines').children.length === 0) await showHeadlines();
    await showArticle(name).catch(() => { location.hash = ''; });
  } else {
    closeArticle();
    front.tag = kind === 'tags' ? decodeURIComponent(name) : '';
    front.words = kind === 'search' ? decodeURIComponent(name) : '';
    await showHeadlines();
  }
  showSections();
}

async function showHealth() {
  const status = await fetch('/health/status').then((response) => (response.ok ? 'up' : 'not ready'), () => 'gone');
  find('health').className = `dot ${status === 'up' ? 'up' : 'down'}`;
  find('health-text').textContent = status === 'up' ? 'the service is up' : `the service is ${status}`;
}

find('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const words = event.target.q.value.trim();
  location.hash = words ? `#/search/${encodeURIComponent(words)}` : '';
});
find('more').addEventListener('click', () => {
  front.page += 1;
  showHeadlines(true);
});
find('date').textContent = new Date().toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
addEventListener('hashchange', route);
route();
showHealth();
setInterval(showHealth, 10_000);

#!/usr/bin/env node
// A scripted model server: real agents talk to it as to their vendor's model,
// on loopback, with no model behind it.  No dependencies.
//
//   node model-server.mjs --script FILE [--log FILE]
//
// Prints one line, {"port":N}, when it listens.  It ends when its standard
// input ends, so that no server outlives its test.
//
// The script is JSON:
//   { "rules": [ { "prompt": "<regex>", "turns": [ TURN, … ] }, … ], "otherwise": [ TURN, … ] }
// A request is answered by the first rule whose regex fits the newest prompt of
// a person in it, with the turn that follows as many model turns as already
// stand behind that prompt; the last turn repeats.  So the server keeps no
// state: retries, resumes and parallel sessions need no bookkeeping.
//   TURN = { "parts": [ PART, … ], "usage": {…}, "stop": "end_turn" }
//        | { "status": 529, "error": { "type", "message" }, "times": 2, then "parts" }
//   PART = { "text": "…" } | { "thinking": "…" } | { "tool": NAME, "input": {…} }
//        | { "gate": NAME }   the stream stops here until POST /gate/NAME
//
// Control: GET /requests (what came so far), POST /gate/NAME, GET /waiting/NAME
// (answers when a stream has come to that gate), GET /request/N (answers when
// N model requests have come).
import http from 'node:http';
import fs from 'node:fs';
import crypto from 'node:crypto';

const option = name => {
  const at = process.argv.indexOf('--' + name);
  return at > 0 ? process.argv[at + 1] : undefined;
};

/** A named moment: some wait for it, someone lets it come. */
class Moment {
  constructor() {
    this.come = new Promise(resolve => { this.let = resolve; });
  }
}

class Moments {
  constructor() { this.all = new Map(); }
  get(name) {
    if (!this.all.has(name)) this.all.set(name, new Moment());
    return this.all.get(name);
  }
}

const id = prefix => prefix + crypto.randomBytes(12).toString('hex');

/** Text a person typed, not what agents wrap around it. */
function personTexts(content) {
  const parts = typeof content === 'string' ? [content]
    : (content || []).filter(p => p.type === 'text').map(p => p.text);
  return parts
    .map(t => t.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim())
    .filter(t => t && !/^<[a-z][a-z_-]*[ >]/i.test(t) && !/^\[Request interrupted/.test(t));
}

/** The newest prompt of a person, and how many model turns stand behind it. */
function position(messages) {
  let behind = 0;
  for (let i = messages.length - 1; i >= 0; i--) {
    if (messages[i].role === 'assistant') {
      behind++;
      continue;
    }
    const texts = messages[i].role === 'user' ? personTexts(messages[i].content) : [];
    if (texts.length) return { prompt: texts[texts.length - 1], behind };
  }
  return { prompt: '', behind };
}

function chooseTurn(script, messages) {
  const { prompt, behind } = position(messages);
  const rule = (script.rules || []).find(r => new RegExp(r.prompt, 'is').test(prompt));
  const turns = rule ? rule.turns : script.otherwise || [{ parts: [{ text: 'OK.' }] }];
  return { prompt, rule: rule ? rule.prompt : null, turn: turns[Math.min(behind, turns.length - 1)] };
}

/** Writes one answer in Anthropic's Messages format, streamed or whole. */
class AnthropicAnswer {
  constructor(res, request, usage) {
    this.res = res;
    this.request = request;
    this.content = [];
    this.usage = { input_tokens: 100, output_tokens: 20, cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0, ...usage };
    this.message = { id: id('msg_'), type: 'message', role: 'assistant', model: request.model,
      content: [], stop_reason: null, stop_sequence: null, usage: { ...this.usage, output_tokens: 1 } };
  }

  event(data) {
    if (this.request.stream) this.res.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  begin() {
    if (this.request.stream)
      this.res.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': id('req_') });
    this.event({ type: 'message_start', message: this.message });
  }

  block(start, whole, deltas) {
    const index = this.content.push(whole) - 1;
    this.event({ type: 'content_block_start', index, content_block: start });
    for (const delta of deltas) this.event({ type: 'content_block_delta', index, delta });
    this.event({ type: 'content_block_stop', index });
  }

  text(text) {
    const pieces = text.match(/[\s\S]{1,24}/g) || [''];
    this.block({ type: 'text', text: '' }, { type: 'text', text },
      pieces.map(piece => ({ type: 'text_delta', text: piece })));
  }

  thinking(thinking) {
    this.block({ type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking', thinking, signature: 'c2ln' },
      [{ type: 'thinking_delta', thinking }, { type: 'signature_delta', signature: 'c2ln' }]);
  }

  tool(name, input) {
    const use = { type: 'tool_use', id: id('toolu_'), name, input };
    this.block({ ...use, input: {} }, use,
      [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }]);
  }

  end(stop) {
    const used = this.content.some(c => c.type === 'tool_use');
    const stop_reason = stop || (used ? 'tool_use' : 'end_turn');
    this.event({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: this.usage });
    this.event({ type: 'message_stop' });
    if (this.request.stream) this.res.end();
    else sendJson(this.res, 200, { ...this.message, content: this.content, stop_reason, usage: this.usage });
  }
}

function sendJson(res, status, value) {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(value));
}

class ModelServer {
  constructor(script, logFile) {
    this.script = script;
    this.logFile = logFile;
    this.requests = [];
    this.failures = new Map();
    this.gates = new Moments();
    this.waiting = new Moments();
    this.counts = new Moments();
  }

  record(entry) {
    this.requests.push(entry);
    this.counts.get(String(this.requests.length)).let();
    if (this.logFile) fs.appendFileSync(this.logFile, JSON.stringify(entry) + '\n');
  }

  async messages(body, res) {
    const { prompt, rule, turn } = chooseTurn(this.script, body.messages || []);
    this.record({ prompt, rule, model: body.model, stream: !!body.stream,
      tools: (body.tools || []).map(t => t.name) });
    if (turn.status) {
      const failed = this.failures.get(rule) || 0;
      this.failures.set(rule, failed + 1);
      if (turn.times === undefined || failed < turn.times)
        return sendJson(res, turn.status, { type: 'error', error: turn.error || { type: 'api_error', message: 'scripted' } });
    }
    const answer = new AnthropicAnswer(res, body, turn.usage);
    answer.begin();
    for (const part of turn.parts || []) {
      if (part.text !== undefined) answer.text(part.text);
      else if (part.thinking !== undefined) answer.thinking(part.thinking);
      else if (part.tool) answer.tool(part.tool, part.input || {});
      else if (part.gate) {
        this.waiting.get(part.gate).let();
        await this.gates.get(part.gate).come;
      }
    }
    return answer.end(turn.stop);
  }

  async handle(method, path, body, res) {
    const [, head, tail] = path.split('/');
    if (method === 'POST' && path === '/v1/messages') return this.messages(body, res);
    if (method === 'POST' && path === '/v1/messages/count_tokens')
      return sendJson(res, 200, { input_tokens: 100 });
    if (method === 'GET' && head === 'requests') return sendJson(res, 200, this.requests);
    if (method === 'POST' && head === 'gate') {
      this.gates.get(tail).let();
      return sendJson(res, 200, {});
    }
    if (method === 'GET' && head === 'waiting') {
      await this.waiting.get(tail).come;
      return sendJson(res, 200, {});
    }
    if (method === 'GET' && head === 'request') {
      await this.counts.get(tail).come;
      return sendJson(res, 200, {});
    }
    if (method === 'HEAD' || method === 'GET') return sendJson(res, 200, { data: [] });
    return sendJson(res, 404, { type: 'error', error: { type: 'not_found_error', message: path } });
  }

  listener(req, res) {
    const chunks = [];
    req.on('data', chunk => chunks.push(chunk));
    req.on('end', () => {
      const path = new URL(req.url, 'http://localhost').pathname;
      let body = {};
      try {
        body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : {};
      } catch {
        return sendJson(res, 400, { type: 'error', error: { type: 'invalid_request_error', message: 'not JSON' } });
      }
      return this.handle(req.method, path, body, res).catch(error => {
        console.error('model-server:', error);
        res.destroy();
      });
    });
  }
}

const model = new ModelServer(JSON.parse(fs.readFileSync(option('script'), 'utf8')), option('log'));
const server = http.createServer((req, res) => model.listener(req, res));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

// A whole Bluesky network on loopback: node bluesky.mjs MODULES FOLDER [alone]
//
// Accounts, posts and limits need nothing more; notifications and search come from an AppView, for which a
// PostgreSQL and a Redis are started too. Without them, or "alone", there is none, and "missing" says why.
// All that is written lies in FOLDER. Prints one JSON line when ready:
// {"url", "missing", "accounts": {name: {"handle", "did", "password"}}}. Each line on stdin is answered by
// {"settled": true} once all that was posted before it can be read; the end of stdin ends the network.

import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { delimiter, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const [modules, folder, alone] = process.argv.slice(2)
const NAMES = ['brand', 'anna', 'ben', 'cleo', 'limited']
const children = []

// The packages put what they store under the folder for temporary files.
process.env.TMPDIR = join(folder, 'tmp')
mkdirSync(process.env.TMPDIR, { recursive: true })

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

function program(name) {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const places = [...versions.map((each) => join(debian, each, 'bin')), ...process.env.PATH.split(delimiter)]
  return places.map((place) => join(place, name)).find((path) => existsSync(path))
}

const programs = ['initdb', 'postgres', 'redis-server']
const missing = alone ? 'an AppView' : programs.filter((name) => !program(name)).join(', ')

// PostgreSQL refuses to run as root, so root lends it to the user that its package makes.
function person() {
  if (process.getuid() !== 0) return {}
  const number = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  return { uid: number('-u'), gid: number('-g') }
}

async function answers(port, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at once with ${child.exitCode}`)
    const open = await new Promise((done) => {
      const socket = createConnection({ port, host: '127.0.0.1' })
      socket.once('connect', () => { socket.destroy(); done(true) })
      socket.once('error', () => done(false))
    })
    if (open) return
    await pause(50)
  }
}

function start(command, args, options) {
  const child = spawn(command, args, { ...options, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  return child
}

async function database() {
  const who = person()
  const place = join(folder, 'postgres')
  mkdirSync(place)
  if (who.uid !== undefined) {
    chmodSync(folder, 0o711)
    chownSync(place, who.uid, who.gid)
  }
  const made = spawnSync(
    program('initdb'),
    ['-D', place, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...who, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const port = await freePort()
  const child = start(
    program('postgres'),
    ['-D', place, '-h', '127.0.0.1', '-p', port, '-k', place, '-F', '-c', 'log_min_messages=fatal'],
    who,
  )
  await answers(port, child)
  return `postgresql://postgres@127.0.0.1:${port}/postgres`
}

async function cache() {
  const port = await freePort()
  const child = start(
    program('redis-server'),
    ['--bind', '127.0.0.1', '--port', port, '--save', '', '--appendonly', 'no', '--loglevel', 'warning'],
    {},
  )
  await answers(port, child)
  return `127.0.0.1:${port}`
}

async function network() {
  const main = pathToFileURL(join(resolve(modules), '@atproto', 'dev-env', 'dist', 'index.js'))
  const { TestNetwork, TestNetworkNoAppView } = await import(main)
  const pds = { port: await freePort(), hostname: 'localhost', rateLimitsEnabled: true }
  const plc = { port: await freePort() }
  if (missing) return TestNetworkNoAppView.create({ pds, plc })
  process.env.REDIS_HOST = await cache()
  return TestNetwork.create({ pds, plc, dbPostgresUrl: await database(), dbPostgresSchema: 'live' })
}

async function call(url, method, body, token) {
  const response = await fetch(`${url}/xrpc/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function account(url, name) {
  const handle = `${name}.test`
  const made = await call(url, 'com.atproto.server.createAccount', {
    handle, email: `${name}@mail.test`, password: randomUUID(),
  })
  const app = await call(url, 'com.atproto.server.createAppPassword', { name: 'crisis' }, made.accessJwt)
  return { handle, did: made.did, password: app.password }
}

async function end(running) {
  // The packages wait for long polls of each other, and nothing of what they hold is kept.
  await Promise.race([running?.close().catch(() => {}), pause(5_000)])
  for (const child of children) {
    const gone = new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done()))
    child.kill('SIGINT')
    await Promise.race([gone, pause(5_000).then(() => child.kill('SIGKILL'))])
  }
}

let running
try {
  running = await network()
  const accounts = {}
  for (const name of NAMES) accounts[name] = await account(running.pds.url, name)
  await running.processAll()
  const url = running.pds.url
  process.stdout.write(`${JSON.stringify({ url, missing, accounts })}\n`)
  for await (const _ of createInterface({ input: process.stdin })) {
    // What comes in while the first round looks whether all is there is worked off by the second.
    for (let round = 0; round < 2; round += 1) await running.processAll()
    process.stdout.write('{"settled": true}\n')
  }
} catch (error) {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
}
await end(running)
rmSync(folder, { recursive: true, force: true })
process.exit()

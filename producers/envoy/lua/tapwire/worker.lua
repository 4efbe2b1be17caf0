--- What one worker thread of Envoy has for all its streams: its Lua state is its own.
--
--   stream ── half ends ──► send ──► outbox ──► rrasync
--   stream destroyed ──► garbage collector ──► abandoned ──► sent with the next half that ends here
--
-- Envoy ends a script whose stream was reset without a word to it. What such a half had seen is found again by a finalizer.
local choice = require 'tapwire.choice'
local message = require 'tapwire.message'
local metadata = require 'tapwire.metadata'
local msgpack = require 'msgpack'
local outbox = require 'tapwire.outbox'
local rrasync = require 'rrasync'

local worker = {}
local Worker = {}
Worker.__index = Worker

--- Most halves of destroyed streams that wait, and most that one half takes along.
local WAITING, TAKEN_ALONG = 256, 8

--- What the garbage collector calls once a guard is out of reach: a userdata, since Lua 5.1 has finalizers for nothing else.
-- Its environment is the half that it guards.
local function guards_of(self)
  if not newproxy or not debug then return nil end
  local model = newproxy(true)
  getmetatable(model).__gc = function(guard)
    local half = debug.getfenv(guard)
    if not half.body or half.released then return end
    if #self.abandoned < WAITING then
      self.abandoned[#self.abandoned + 1] = half
    else
      half.body:take()
      self:count('abandoned')
    end
  end
  return model
end

--- `random(n)`: n random bytes.
function worker.new(settings, random)
  local secrets = {}
  for _, name in ipairs(settings.redact) do
    secrets[name:lower()] = true
  end
  local self = setmetatable({
    choice = choice.new(settings),
    secrets = secrets,
    constant = message.constant(
      'v', 1, 'node', settings.node or metadata.node(), 'cluster', msgpack.null, 'virtualHost', msgpack.null
    ),
    body_bytes = settings.body_bytes,
    held_bytes = settings.held_bytes,
    follow_seconds = settings.follow_seconds,
    held = 0,
    id_prefix = random(12):gsub('.', function(c) return ('%02x'):format(c:byte()) end),
    ids = 0,
    abandoned = {},
    --- What was not mirrored, since the last message; and what else to add to Envoy's counters, since the last time.
    dropped = {},
    unpublished = {},
  }, Worker)
  local sender = rrasync.new(settings, random(1):byte() % #settings.clusters + 1)
  self.outbox = outbox.new(sender, function(name, amount) self:sent(name, amount) end)
  self.guards = guards_of(self)
  -- Without finalizers nobody would give back the room of an abandoned body, and soon none would be left.
  if not self.guards then self.held_bytes = math.huge end
  return self
end

--- Unique here and, by its random beginning, everywhere; no client knows it.
function Worker:id()
  self.ids = self.ids + 1
  return ('%s-%x'):format(self.id_prefix, self.ids)
end

local function add(counters, name, amount)
  counters[name] = (counters[name] or 0) + amount
end

--- Something that was not mirrored, or not as a whole, and why.
function Worker:count(name, amount)
  add(self.dropped, name, amount or 1)
  add(self.unpublished, name, amount or 1)
end

--- What became of messages: 'sent', 'calls', or why not.
function Worker:sent(name, amount)
  if name == 'sent' or name == 'calls' then add(self.unpublished, name, amount) else self:count(name, amount) end
end

--- Something that only the half's script holds: out of reach before `release`, the half is abandoned.
function Worker:guard(half)
  return self.guards and debug.setfenv(newproxy(self.guards), half)
end

local function in_turn(counters)
  local out = {}
  for name, amount in pairs(counters) do
    out[#out + 1] = name
    out[#out + 1] = amount
  end
  return #out > 0 and out or nil
end

function Worker:put(handle, half, finish, now)
  local dropped = in_turn(self.dropped)
  self.dropped = {}
  self.outbox:add(handle, half:pack(finish, dropped), now)
end

--- Sends a half that ended, and some that were abandoned, with the help of any stream's handle.
function Worker:send(handle, half, finish, now)
  half.released = true
  if half.closes then self.outbox:closed(half.closes) end
  self:put(handle, half, finish, now)
  for _ = 1, TAKEN_ALONG do
    local abandoned = table.remove(self.abandoned)
    if not abandoned then break end
    self:put(handle, abandoned, 'aborted', now)
  end
  if next(self.unpublished) then self:publish(handle) end
end

--- Adds to Envoy's counters `….lua.tapwire.*`, where this release lets us.
function Worker:publish(handle)
  if not handle.stats then return end
  local stats = handle:stats()
  for name, amount in pairs(self.unpublished) do
    stats:counter('tapwire.' .. name):add(amount)
  end
  self.unpublished = {}
end

return worker

--- Hands messages to ingest servers without waiting for an answer: one cluster of Envoy after the other.
--
-- Nobody hears what became of an asynchronous call, so the bound is on what can be under way: no call lives longer than
-- `timeout_ms`, hence what was handed over within that time is all that Envoy can still hold. Time is cut into slots of a tenth of
-- it; the bytes of this slot and of the ten before it stay within `in_flight_bytes`.
local floor, pcall = math.floor, pcall

local SLOTS = 10
local KEPT = SLOTS + 1

local rrasync = {}
local Sender = {}
Sender.__index = Sender

local function no_bytes()
  local slots = {}
  for i = 0, SLOTS do
    slots[i] = 0
  end
  return slots
end

--- options: clusters (names), path, authority, token (or nil), timeout_ms, in_flight_bytes; first: where to begin, from 1.
function rrasync.new(options, first)
  local headers = {
    [':method'] = 'POST',
    [':path'] = options.path,
    [':authority'] = options.authority,
    ['content-type'] = 'application/x-msgpack',
  }
  if options.token then headers['authorization'] = 'Bearer ' .. options.token end
  return setmetatable({
    clusters = options.clusters,
    next = first,
    headers = headers,
    timeout_ms = options.timeout_ms,
    in_flight_bytes = options.in_flight_bytes,
    slot_us = options.timeout_ms * 1000 / SLOTS,
    slot = 0,
    --- Bytes by slot, modulo KEPT, and all of them.
    slots = no_bytes(),
    bytes = 0,
    form = 1,
  }, Sender)
end

--- What releases of Envoy take as last arguments, newest first. With the older forms a message gets an x-forwarded-for
-- header, or a span of its own in traces.
local FORMS = {
  function(self)
    return { asynchronous = true, timeout_ms = self.timeout_ms, trace_sampled = false, send_xff = false }
  end,
  function(self) return { asynchronous = true, timeout_ms = self.timeout_ms, trace_sampled = false } end,
  function(self) return self.timeout_ms, true end,
}

--- Forgets the slots that are over at `now` (µs): all of them when the clock jumped.
function Sender:turn(now)
  local slot = floor(now / self.slot_us)
  if slot < self.slot or slot - self.slot >= KEPT then
    self.slots, self.bytes = no_bytes(), 0
  else
    for passed = self.slot + 1, slot do
      self.bytes = self.bytes - self.slots[passed % KEPT]
      self.slots[passed % KEPT] = 0
    end
  end
  self.slot = slot
end

--- Makes room for `bytes` at `now`; false when too much is under way.
function Sender:admit(bytes, now)
  self:turn(now)
  if self.bytes + bytes > self.in_flight_bytes then return false end
  self.bytes = self.bytes + bytes
  self.slots[self.slot % KEPT] = self.slots[self.slot % KEPT] + bytes
  return true
end

--- Nil, or why it could not be handed over: 'overload' when too much is under way, 'errors' when Envoy knows none of the clusters.
function Sender:send(handle, body, now)
  if not self:admit(#body, now) then return 'overload' end
  for _ = 1, #self.clusters do
    local cluster = self.clusters[self.next]
    self.next = self.next % #self.clusters + 1
    for form = self.form, #FORMS do
      if pcall(handle.httpCall, handle, cluster, self.headers, body, FORMS[form](self)) then
        self.form = form
        return nil
      end
    end
  end
  return 'errors'
end

return rrasync

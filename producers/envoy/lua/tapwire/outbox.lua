--- Messages on their way out. A call costs Envoy more than the message in it, so under load several share one.
--
-- Lua has no timers in Envoy: what waits here goes out only when something else happens in this worker. So a message waits only
-- while more is sure to happen soon, and for at most `WAIT_US` then:
--
--   add ─┬─ fewer than BUSY exchanges began in the slot before ──────────────► flush
--        ├─ no exchange of the last two slots is still open ─────────────────► flush
--        ├─ BATCH_BYTES, or the first has waited for WAIT_US ────────────────► flush
--        └─ otherwise it waits for the next half that begins or ends
local concat, floor = table.concat, math.floor

local outbox = {}
local Outbox = {}
Outbox.__index = Outbox

local SLOT_US, BUSY = 100000, 20
local WAIT_US, BATCH_BYTES = 10000, 64 * 1024

--- `sender`: see rrasync. `count(name, amount)`: told what became of messages.
function outbox.new(sender, count)
  return setmetatable({
    sender = sender,
    count = count,
    messages = {},
    bytes = 0,
    first = 0,
    --- Exchanges that began in this slot and in the one before: by id while they are open, and how many of those.
    slot = 0,
    now = { open = {}, count = 0, begun = 0 },
    before = { open = {}, count = 0, begun = 0 },
  }, Outbox)
end

function Outbox:turn(now)
  local slot = floor(now / SLOT_US)
  if slot == self.slot then return end
  local empty = { open = {}, count = 0, begun = 0 }
  self.before = slot == self.slot + 1 and self.now or empty
  self.now = { open = {}, count = 0, begun = 0 }
  self.slot = slot
end

--- An exchange begins at `now` (µs).
function Outbox:opened(handle, id, now)
  self:turn(now)
  local slot = self.now
  slot.open[id] = true
  slot.count, slot.begun = slot.count + 1, slot.begun + 1
  if #self.messages > 0 and now - self.first >= WAIT_US then self:flush(handle, now) end
end

local function close(slot, id)
  if not slot.open[id] then return end
  slot.open[id] = nil
  slot.count = slot.count - 1
end

--- Nothing more is to come of it soon.
function Outbox:closed(id)
  close(self.now, id)
  close(self.before, id)
end

--- Takes the bytes of a message; sends it, now or with others.
function Outbox:add(handle, message, now)
  self:turn(now)
  if #self.messages == 0 then self.first = now end
  self.messages[#self.messages + 1] = message
  self.bytes = self.bytes + #message
  local waits = self.before.begun >= BUSY
    and self.now.count + self.before.count > 0
    and self.bytes < BATCH_BYTES
    and now - self.first < WAIT_US
  if not waits then self:flush(handle, now) end
end

function Outbox:flush(handle, now)
  local messages = self.messages
  local body = #messages == 1 and messages[1] or concat(messages)
  self.messages, self.bytes = {}, 0
  local refused = self.sender:send(handle, body, now)
  self.count(refused or 'sent', #messages)
  if not refused then self.count('calls', 1) end
end

return outbox

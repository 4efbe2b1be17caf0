--- The first bytes of a body as it passes, within two bounds: those of one body, and those of all that this worker holds.
local concat, min = table.concat, math.min

local body = {}
local Body = {}
Body.__index = Body

--- A client that sends its body byte by byte must not make us hold a piece for each: so many are joined to one.
local PIECES = 256

--- `worker`: held (bytes of all bodies that are not complete), held_bytes (their bound), body_bytes (that of one).
function body.new(worker)
  return setmetatable({ worker = worker, blocks = {}, pieces = {}, kept = 0, bytes = 0 }, Body)
end

--- Takes a piece of the body: Envoy's buffer, whose bytes are copied only as far as they are kept.
function Body:add(chunk)
  local worker = self.worker
  local length = chunk:length()
  self.bytes = self.bytes + length
  local room = min(worker.body_bytes - self.kept, length)
  if room <= 0 then return end
  if worker.held + room > worker.held_bytes then
    worker:count('held')
    -- What comes after a gap would be taken for what stood there.
    self:seal()
    return
  end
  worker.held = worker.held + room
  self.kept = self.kept + room
  local pieces = self.pieces
  pieces[#pieces + 1] = chunk:getBytes(0, room)
  if #pieces == PIECES then
    self.blocks[#self.blocks + 1] = concat(pieces)
    self.pieces = {}
  end
end

--- Keeps nothing more.
function Body:seal()
  self.add = Body.pass
end

--- `add` of a sealed body.
function Body:pass(chunk)
  self.bytes = self.bytes + chunk:length()
end

--- What was kept, in pieces that are for the caller to keep; gives its room back. Once.
function Body:take()
  self.worker.held = self.worker.held - self.kept
  local blocks, pieces = self.blocks, self.pieces
  if #blocks == 0 then return pieces end
  blocks[#blocks + 1] = concat(pieces)
  return blocks
end

return body

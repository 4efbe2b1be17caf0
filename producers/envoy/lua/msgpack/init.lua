--- MessagePack, encoding only, in plain Lua 5.1 (github.com/msgpack/msgpack, spec.md).
--
--   nil, msgpack.null       nil
--   boolean                 false, true
--   number                  the shortest int when it is an integer below 2^53 (-0 is 0), float 64 otherwise
--   string                  str, its bytes as they are
--   msgpack.bin(s)          bin
--   msgpack.map{k, v, …}    map: keys and values in turn, in that order, `msgpack.null` for nil
--   any other table         array: its elements from 1 to #t, `msgpack.null` for nil
--
-- Other values, and tables nested deeper than DEPTH, are errors. All numbers are big-endian.
--
-- `pack` gives the bytes of a value. Who writes large values in parts, or knows some parts beforehand, gathers pieces in a table
-- with `put` and the heads, and joins them.
local char, concat = string.char, table.concat
local floor, frexp, ldexp = math.floor, math.frexp, math.ldexp
local getmetatable, setmetatable, type, error = getmetatable, setmetatable, type, error

local DEPTH = 16
local EXACT = 2 ^ 53 - 1

local BIN, MAP = {}, {}
local msgpack = { null = setmetatable({}, { __tostring = function() return 'null' end }) }

function msgpack.bin(bytes)
  return setmetatable({ bytes }, BIN)
end

function msgpack.map(pairs)
  return setmetatable(pairs, MAP)
end

local function uint16(n)
  return char(floor(n / 0x100), n % 0x100)
end

local function uint32(n)
  return char(floor(n / 0x1000000), floor(n / 0x10000) % 0x100, floor(n / 0x100) % 0x100, n % 0x100)
end

local function integer(n)
  if n >= 0 then
    if n < 0x80 then return char(n) end
    if n < 0x100 then return char(0xcc, n) end
    if n < 0x10000 then return '\205' .. uint16(n) end
    if n < 0x100000000 then return '\206' .. uint32(n) end
    return '\207' .. uint32(floor(n / 0x100000000)) .. uint32(n % 0x100000000)
  end
  if n >= -0x20 then return char(0x100 + n) end
  if n >= -0x80 then return char(0xd0, 0x100 + n) end
  if n >= -0x8000 then return '\209' .. uint16(0x10000 + n) end
  if n >= -0x80000000 then return '\210' .. uint32(0x100000000 + n) end
  -- Two's complement in halves: 2^64 + n would be rounded. `%` of Lua is never negative.
  return '\211' .. uint32(floor(n / 0x100000000) % 0x100000000) .. uint32(n % 0x100000000)
end

--- IEEE 754 binary64: sign, 11 bits of exponent (biased by 1023), 52 bits of fraction.
local function float(n)
  if n ~= n then return '\203\127\248\0\0\0\0\0\0' end
  local sign = 0
  if n < 0 then
    sign, n = 0x80000000, -n
  end
  if n == 1 / 0 then return '\203' .. uint32(sign + 0x7ff00000) .. '\0\0\0\0' end
  -- n = m · 2^e with 0.5 ≤ m < 1, hence 1.f · 2^(e-1); below 2^-1022 it is 0.f · 2^-1022.
  local m, e = frexp(n)
  local exponent, fraction = e + 1022, (m * 2 - 1) * 2 ^ 52
  if exponent <= 0 then
    exponent, fraction = 0, ldexp(m, 52 + e + 1022)
  end
  return '\203' .. uint32(sign + exponent * 0x100000 + floor(fraction / 0x100000000)) .. uint32(fraction % 0x100000000)
end

--- First bytes by length: a short form up to `short`, then those for 8 (if there is one), 16 and 32 bits of length.
local function head(length, first, short, head8, head16, head32)
  if length <= short then return char(first + length) end
  if head8 and length < 0x100 then return char(head8, length) end
  if length < 0x10000 then return char(head16) .. uint16(length) end
  return char(head32) .. uint32(length)
end

--- What begins a bin of `length` bytes.
function msgpack.bin_head(length)
  return head(length, 0, -1, 0xc4, 0xc5, 0xc6)
end

--- What begins an array of `count` elements, and a map of `count` keys and values.
function msgpack.array_head(count)
  return head(count, 0x90, 15, nil, 0xdc, 0xdd)
end

function msgpack.map_head(count)
  return head(count, 0x80, 15, nil, 0xde, 0xdf)
end

local function put(out, n, value, depth)
  local kind = type(value)
  if kind == 'string' then
    out[n + 1] = head(#value, 0xa0, 31, 0xd9, 0xda, 0xdb)
    out[n + 2] = value
    return n + 2
  end
  if kind == 'number' then
    local exact = floor(value) == value and value <= EXACT and value >= -EXACT
    out[n + 1] = exact and integer(value) or float(value)
    return n + 1
  end
  if value == nil or value == msgpack.null then
    out[n + 1] = '\192'
    return n + 1
  end
  if kind == 'boolean' then
    out[n + 1] = value and '\195' or '\194'
    return n + 1
  end
  if kind ~= 'table' then error('msgpack: cannot encode a ' .. kind) end
  local mark = getmetatable(value)
  if mark == BIN then
    local bytes = value[1]
    out[n + 1] = msgpack.bin_head(#bytes)
    out[n + 2] = bytes
    return n + 2
  end
  if depth == 0 then error('msgpack: nested deeper than ' .. DEPTH) end
  local count = #value
  out[n + 1] = mark == MAP and msgpack.map_head(count / 2) or msgpack.array_head(count)
  n = n + 1
  for i = 1, count do
    n = put(out, n, value[i], depth - 1)
  end
  return n
end

--- Adds the pieces of a value behind the first `n` of `out`; gives how many there are then.
function msgpack.put(out, n, value)
  return put(out, n, value, DEPTH)
end

--- The bytes of one value.
function msgpack.pack(value)
  local out = {}
  local n = put(out, 0, value, DEPTH)
  return concat(out, '', 1, n)
end

return msgpack

--- What the filter is told, checked once when Envoy loads it.
local settings = {}

local DEFAULTS = {
  --- Clusters of Envoy with ingest servers, taken in turn.
  clusters = { 'tapwire-ingest' },
  path = '/v1/messages',
  authority = 'tapwire-ingest',
  --- What the ingest server wants to see, or the file that holds it (read once).
  token = false,
  token_file = false,
  --- No call lives longer.
  timeout_ms = 1000,
  --- What may be under way to the ingest servers, per worker thread: see rrasync.
  in_flight_bytes = 64 * 1024 * 1024,
  --- Bytes kept of each body. The rest is counted only.
  body_bytes = 64 * 1024,
  --- Bytes kept of all bodies that are not complete yet, per worker thread.
  held_bytes = 64 * 1024 * 1024,
  --- A half that goes on longer is sent as it is then: a stream without an end would never be.
  follow_seconds = 30,
  --- Share of exchanges that are mirrored, 0 to 1.
  sample = 1,
  --- Host names, without port; `*.example.com` stands for all below it. None included: all are.
  include_hosts = {},
  exclude_hosts = {},
  --- Beginnings of paths.
  include_paths = {},
  exclude_paths = {},
  --- Ends of paths, e.g. `.png`.
  exclude_suffixes = {},
  --- Headers whose values do not leave Envoy.
  redact = {},
  --- Name of this Envoy; else what its environment says (see metadata.lua).
  node = false,
}

local POSITIVE = { 'timeout_ms', 'in_flight_bytes', 'held_bytes', 'follow_seconds' }
local TEXTS = { 'path', 'authority', 'token', 'token_file', 'node' }

local function is_text_list(value)
  if type(value) ~= 'table' then return false end
  for key, item in pairs(value) do
    if type(key) ~= 'number' or type(item) ~= 'string' or item == '' then return false end
  end
  return true
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value < 2 ^ 53 and value == math.floor(value)
end

local function problem_of(found)
  for _, name in ipairs(POSITIVE) do
    if not is_count(found[name]) or found[name] == 0 then return name .. ': expected a whole number above 0' end
  end
  if not is_count(found.body_bytes) then return 'body_bytes: expected a whole number' end
  if type(found.sample) ~= 'number' or not (found.sample >= 0 and found.sample <= 1) then
    return 'sample: expected 0 to 1'
  end
  for _, name in ipairs(TEXTS) do
    local value = found[name]
    if value ~= false and (type(value) ~= 'string' or value == '') then return name .. ': expected text' end
  end
  for name, default in pairs(DEFAULTS) do
    if type(default) == 'table' and not is_text_list(found[name]) then return name .. ': expected a list of texts' end
  end
  if #found.clusters == 0 then return 'clusters: at least one is needed' end
end

local function first_line(file)
  local handle, reason = io.open(file, 'r')
  if not handle then return nil, reason end
  local line = handle:read('*l')
  handle:close()
  return line and line:match('^%s*(%S+)%s*$'), file .. ': no token in its first line'
end

--- All settings, or nil and what is wrong.
function settings.read(given)
  local found = {}
  for name, default in pairs(DEFAULTS) do
    found[name] = default
  end
  for name, value in pairs(given) do
    if DEFAULTS[name] == nil then return nil, tostring(name) .. ': no such setting' end
    found[name] = value
  end
  local problem = problem_of(found)
  if problem then return nil, problem end
  if found.token_file then
    local token, reason = first_line(found.token_file)
    if not token then return nil, 'token_file: ' .. tostring(reason) end
    found.token = token
  end
  return found
end

return settings

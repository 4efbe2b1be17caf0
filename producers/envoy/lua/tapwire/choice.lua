--- Which exchanges are mirrored: by host, by path, and a sample of the rest. Plain comparisons, linear in what a client sends.
local find, lower, random, sub = string.find, string.lower, math.random, string.sub

local choice = {}
local Choice = {}
Choice.__index = Choice

local function lowered(list)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = lower(item)
  end
  return out
end

function choice.new(settings)
  return setmetatable({
    sample = settings.sample,
    by_host = #settings.include_hosts + #settings.exclude_hosts > 0,
    by_path = #settings.include_paths + #settings.exclude_paths + #settings.exclude_suffixes > 0,
    include_hosts = lowered(settings.include_hosts),
    exclude_hosts = lowered(settings.exclude_hosts),
    include_paths = settings.include_paths,
    exclude_paths = settings.exclude_paths,
    exclude_suffixes = settings.exclude_suffixes,
  }, Choice)
end

local function starts(text, prefix)
  return sub(text, 1, #prefix) == prefix
end

local function ends(text, suffix)
  return #text >= #suffix and sub(text, -#suffix) == suffix
end

local function any(list, text, test)
  for i = 1, #list do
    if test(text, list[i]) then return true end
  end
  return false
end

local function is_host(host, rule)
  if sub(rule, 1, 2) == '*.' then return ends(host, sub(rule, 2)) end
  return host == rule
end

--- Lower case, without port: `[::1]:80` is `[::1]`.
local function host_of(authority)
  local host = lower(authority)
  local bracket = find(host, ']', 1, true)
  local colon = find(host, ':', bracket or 1, true)
  return colon and sub(host, 1, colon - 1) or host
end

--- What a server may read as another path than what it looks like: nobody gets past the mirror with `/static/../admin`.
local AMBIGUOUS = { '..', '%', '//', '\\', ';' }

local function is_plain(path)
  for i = 1, #AMBIGUOUS do
    if find(path, AMBIGUOUS[i], 1, true) then return false end
  end
  return true
end

function Choice:refuses_host(authority)
  local host = host_of(authority)
  if #self.include_hosts > 0 and not any(self.include_hosts, host, is_host) then return true end
  return any(self.exclude_hosts, host, is_host)
end

function Choice:refuses_path(target)
  local query = find(target, '?', 1, true)
  local path = query and sub(target, 1, query - 1) or target
  if not is_plain(path) then return false end
  if #self.include_paths > 0 and not any(self.include_paths, path, starts) then return true end
  return any(self.exclude_paths, path, starts) or any(self.exclude_suffixes, path, ends)
end

--- Nil when the exchange is mirrored, else the counter of why not: 'filtered' or 'sampledOut'. `headers`: those of the request.
function Choice:refuses(headers)
  if self.by_host and self:refuses_host(headers:get(':authority') or '') then return 'filtered' end
  if self.by_path and self:refuses_path(headers:get(':path') or '') then return 'filtered' end
  if self.sample < 1 and random() >= self.sample then return 'sampledOut' end
end

return choice

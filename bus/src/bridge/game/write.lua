-- KEYS[4] history, KEYS[5] inputs. ARGV: token, life in ms, number, tick, whole 0/1, history, then names and values.
if ARGV[5] == '0' and (stored ~= ARGV[1] or redis.call('EXISTS', KEYS[4]) == 0) then return {'incomplete'} end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'number', ARGV[3], 'tick', ARGV[4], unpack(ARGV, 7))
if string.sub(ARGV[6], 1, 1) == '=' then
  redis.call('SET', KEYS[4], ARGV[6])
elseif #ARGV[6] > 1 then
  redis.call('APPEND', KEYS[4], string.sub(ARGV[6], 2))
end
for number, key in ipairs({KEYS[1], KEYS[4], KEYS[5]}) do redis.call('PEXPIRE', key, ARGV[2]) end
return {'done'}

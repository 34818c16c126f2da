-- KEYS[4] inputs. ARGV: token, then the ids that are answered.
redis.call('XDEL', KEYS[4], unpack(ARGV, 2))
return {'done'}

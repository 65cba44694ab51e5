/**
 * What an attempt is confirmed by: a new connection that passes the rules; on the machine that mailfw runs on a new session of a
 * person, or what the settings say of those who have one; a person afterwards; or nothing new, because the rules were confirmed
 * before or a person has said so.
 */
export type Proof = 'connection' | 'session' | 'settings' | 'manual' | 'none'

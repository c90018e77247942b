package rpc

// CheckBody is checkBody.
var CheckBody = checkBody

// Caller is Limits.caller.
var Caller = Limits.caller

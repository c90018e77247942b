package rpc

// CheckBody is checkBody.
var CheckBody = checkBody

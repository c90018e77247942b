// Package sandbox runs a part of this program in a child process that may compute and nothing else.
//
// gnark's readers and provers abort a process on crafted bytes, or loop in it for ever, and no recover helps
// (engine.md §5.1). Whoever must hand foreign bytes to them does it in a child: it is this very binary, started again,
// with limits on memory and time, without files, network or the right to start anything. What kills it kills nothing
// else.
//
// A [Role] is what a child does: a name and a function that makes its [Handler]. The program defines its roles in
// package variables, calls [Main] before anything else, and starts children with [Start]:
//
//	var verifier = sandbox.Define("verifier", func(setup []byte) (sandbox.Handler, error) { ... })
//
//	func main() { sandbox.Main(); ... }                    // and so does TestMain
//
//	child, err := sandbox.Start(ctx, sandbox.Config{Role: verifier, Memory: 1 << 30})
//	answer, err := child.Call(ctx, request)
//
// An error of Call is one of these, and the owner of a pool treats each differently:
//
//   - a [*Failure]: the child answered that it could not. It lives and may be called again.
//   - [ErrDied]: the child ended in the middle of the call, because of the call as far as anyone can tell.
//   - the error of ctx: the child did not answer in time. It has been killed.
//   - [ErrTooLarge]: the request is beyond the limit. It was not sent; the child lives.
//
// # What holds a child
//
// [Layer] lists what confines it. Which of them are in force depends on the kernel; the child looks, after it has
// confined itself and before it reads anything foreign, and [Child.Confinement] says so. [Config.Require] refuses to go
// on without those an operator insists on.
//
// A child is never told a path: files come to it open and read-only, beside a request, so that it needs no file system
// at all. Its filter of system calls lists what the Go runtime uses to compute and refuses the rest with an error, the
// calls of later kernels included. The contrary, a list of dangerous calls, would let through whatever it forgot and,
// with this filter's assembler, every call made in another architecture's numbers. Signals may be sent to the
// process itself only.
//
// Outside Linux a child has its resource limits, an empty environment and its deadline, and its Confinement says that
// this is all.
//
// What the package does not do: it keeps no pool and restarts nothing. A child in a loop is stopped by whoever calls
// it, through ctx. Nothing here protects a child from its parent, or hides how long a computation takes.
package sandbox

// Package keyfile keeps Groth16 proving keys as they are in memory, so that loading one is mapping a file.
//
// gnark's serialisation is in the wrong byte order and not in Montgomery form: reading a key of 2^18 constraints takes
// seconds, in every process, and as much memory each time. [Import] converts a program's proving-key blob once. The file
// holds the slices of gnark's key laid out raw, each on a boundary of 64 bytes, and the FFT's tables beside them. [Map]
// maps it read-only and returns a key whose slices point into the mapping: processes share the pages, and the file's
// size does not matter.
//
//	f, err := keyfile.Ensure(ctx, blobPath, program, limit) // imports it, or finds it imported; checks it once
//	key, unmap, err := keyfile.Map(f, program)  // groth16.ProvingKey
//
// The blob stays the source of truth: it is named by its digest in the manifest, and Import refuses it if digest, length,
// form, evaluation domain or a point's curve equation are wrong. Subgroups are not checked, as they never were: a proof
// is verified before it leaves its prover. The reader bounds everything by what the manifest states and hands no length
// to gnark, so it may run outside a child.
//
// What is in the file is believed, so it must be the prover's own: mode 0400, in the prover's folder, made under a
// temporary name and renamed. Its checksum is verified when it is made and again whenever the file on disk is not the one
// that was verified (another inode, size or time of change: see [Ensure]). Map verifies header and size, nothing else. A
// file that somebody truncates while it is mapped kills whoever touches the lost pages (SIGBUS), which a worker process
// survives as a dead worker; nothing in Vadium truncates one.
//
// The layout is that of this processor and of this version of gnark-crypto; a file made by another is refused and made
// again. PLONK keys are not mapped: gnark computes most of what a PLONK proof needs from the constraint system anyway.
package keyfile

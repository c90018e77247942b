// Compiles the contracts with the solc that package-lock.json pins, and writes what abigen reads. Everything that the bytes
// depend on is in this file and in the sources: no metadata hash, no paths of a machine.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const solc = createRequire(import.meta.url)("solc");
const here = dirname(fileURLToPath(import.meta.url));
const feed = join(here, "../../oracle/contract");

const settings = {
  evmVersion: "cancun", // the oldest with transient storage, which the reentrancy guard uses
  optimizer: { enabled: true, runs: 200 },
  viaIR: true,
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

// EIP-170: no network takes more code than this.
const mostCode = 24_576;

function read(folder, path) {
  const file = path.startsWith("@") ? join(here, "node_modules", path) : join(folder, path);
  return { contents: readFileSync(file, "utf8") };
}

// Compiles the named contracts of a folder and writes { contracts: { "FILE:NAME": { abi, bin } } }, what abigen's
// --combined-json reads.
function compile(folder, output, wanted) {
  const sources = {};
  for (const file of Object.keys(wanted)) sources[file] = { content: read(folder, file).contents };
  const result = JSON.parse(
    solc.compile(JSON.stringify({ language: "Solidity", sources, settings }), { import: (path) => read(folder, path) }),
  );
  // OpenZeppelin's warnings are theirs; ours are errors.
  const ours = (result.errors ?? []).filter((e) => e.severity === "error" || !e.sourceLocation?.file.startsWith("@"));
  for (const said of ours) console.error(said.formattedMessage);
  if (ours.length > 0) process.exit(1);
  const contracts = {};
  for (const [file, name] of Object.entries(wanted)) {
    const contract = result.contracts[file][name];
    const code = contract.evm.deployedBytecode.object.length / 2;
    console.log(`${name}: ${code} bytes of code`);
    if (code > mostCode) {
      console.error(`${name} has ${code} bytes of code, no network takes more than ${mostCode}`);
      process.exit(1);
    }
    contracts[`${file}:${name}`] = { abi: contract.abi, bin: contract.evm.bytecode.object };
  }
  writeFileSync(join(folder, output), JSON.stringify({ contracts, version: solc.version() }, null, 1) + "\n");
}

compile(here, "vault.json", { "src/ProverVault.sol": "ProverVault" });
compile(here, "contracttest/contracts.json", {
  "contracttest/src/Token.sol": "Token",
  "contracttest/src/Lens.sol": "Lens",
  "contracttest/src/RateHarness.sol": "RateHarness",
});

compile(feed, "pricefeed.json", { "src/PriceFeed.sol": "PriceFeed" });
compile(feed, "testdata/verifier.json", { "testdata/Verifier.sol": "Verifier" });

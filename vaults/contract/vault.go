// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package contract

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// Pool is an auto generated low-level Go binding around an user-defined struct.
type Pool struct {
	Assets     *big.Int
	Generation *big.Int
	Shares     *big.Int
}

// ProverVaultLoss is an auto generated low-level Go binding around an user-defined struct.
type ProverVaultLoss struct {
	Junior          *big.Int
	JuniorUnbonding *big.Int
	SeniorUnvested  *big.Int
	Senior          *big.Int
	SeniorUnbonding *big.Int
}

// ProverVaultPayees is an auto generated low-level Go binding around an user-defined struct.
type ProverVaultPayees struct {
	Requester common.Address
	Reporter  common.Address
	Rescuer   common.Address
}

// ProverVaultRedemption is an auto generated low-level Go binding around an user-defined struct.
type ProverVaultRedemption struct {
	Controller common.Address
	Matures    uint64
	Generation *big.Int
	Junior     bool
	Shares     *big.Int
	PoolShares *big.Int
}

// ProverVaultState is an auto generated low-level Go binding around an user-defined struct.
type ProverVaultState struct {
	Junior          *big.Int
	JuniorUnbonding Pool
	Senior          *big.Int
	Dripping        *big.Int
	DripFrom        *big.Int
	DripUntil       *big.Int
	SeniorUnbonding Pool
	Shares          *big.Int
	Commission      *big.Int
	LastRedemption  *big.Int
	Cases           *big.Int
	LockCount       *big.Int
	LockTotal       *big.Int
	DamageCapTotal  *big.Int
	TotalAssets     *big.Int
	Price           *big.Int
	Effective       *big.Int
	Held            *big.Int
}

// ProverVaultMetaData contains all meta data concerning the ProverVault contract.
var ProverVaultMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"asset_\",\"type\":\"address\"},{\"internalType\":\"string\",\"name\":\"name_\",\"type\":\"string\"},{\"internalType\":\"string\",\"name\":\"symbol_\",\"type\":\"string\"},{\"internalType\":\"address\",\"name\":\"market_\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"prover_\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"insurance_\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"unbondingSeconds\",\"type\":\"uint64\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"AsynchronousRedemption\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadSettings\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"CaseIsOpen\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"bps\",\"type\":\"uint256\"}],\"name\":\"CommissionTooHigh\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"due\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"asked\",\"type\":\"uint256\"}],\"name\":\"CommissionTooLow\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"DamageCapsExceedJunior\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"asked\",\"type\":\"uint256\"}],\"name\":\"DepositTooLarge\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"least\",\"type\":\"uint256\"}],\"name\":\"DepositTooSmall\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"allowance\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"needed\",\"type\":\"uint256\"}],\"name\":\"ERC20InsufficientAllowance\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"balance\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"needed\",\"type\":\"uint256\"}],\"name\":\"ERC20InsufficientBalance\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"approver\",\"type\":\"address\"}],\"name\":\"ERC20InvalidApprover\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"ERC20InvalidReceiver\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"}],\"name\":\"ERC20InvalidSender\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"}],\"name\":\"ERC20InvalidSpender\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"max\",\"type\":\"uint256\"}],\"name\":\"ERC4626ExceededMaxDeposit\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"max\",\"type\":\"uint256\"}],\"name\":\"ERC4626ExceededMaxMint\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"max\",\"type\":\"uint256\"}],\"name\":\"ERC4626ExceededMaxRedeem\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"max\",\"type\":\"uint256\"}],\"name\":\"ERC4626ExceededMaxWithdraw\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"asked\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"short\",\"type\":\"uint256\"}],\"name\":\"ExceedsClaimable\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"movable\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"asked\",\"type\":\"uint256\"}],\"name\":\"FrozenShares\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"asked\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"received\",\"type\":\"uint256\"}],\"name\":\"InexactTransfer\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"LockExists\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoCase\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NoJunior\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"NoLock\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"name\":\"NoRedemption\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"caller\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"NotAuthorised\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"held\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"asked\",\"type\":\"uint256\"}],\"name\":\"NotEnoughShares\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"caller\",\"type\":\"address\"}],\"name\":\"NotTheMarket\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"caller\",\"type\":\"address\"}],\"name\":\"NotTheProver\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"matures\",\"type\":\"uint256\"}],\"name\":\"RedemptionPending\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"RedemptionTooSmall\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ReentrancyGuardReentrantCall\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"bits\",\"type\":\"uint8\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"SafeCastOverflowedUintDowncast\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"SafeERC20FailedOperation\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint8\",\"name\":\"severity\",\"type\":\"uint8\"}],\"name\":\"SeverityOutOfRange\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"bound\",\"type\":\"uint256\"}],\"name\":\"SlippageExceeded\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"StakeLocked\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"TooManyRedemptions\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"VaultClosed\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"Approval\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"cases\",\"type\":\"uint256\"}],\"name\":\"CaseClosed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"cases\",\"type\":\"uint256\"}],\"name\":\"CaseOpened\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"Collected\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"CommissionClaimed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"Credited\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"Deposit\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"JuniorClaimed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"JuniorDeposited\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"JuniorRedeemRequest\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"damageCap\",\"type\":\"uint256\"}],\"name\":\"LockAdded\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"LockReleased\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"controller\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"bool\",\"name\":\"approved\",\"type\":\"bool\"}],\"name\":\"OperatorSet\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"controller\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"RedeemRequest\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"commission\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"junior\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"}],\"name\":\"Rewarded\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"SharesFrozen\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"junior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"juniorUnbonding\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnvested\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnbonding\",\"type\":\"uint256\"}],\"indexed\":false,\"internalType\":\"structProverVault.Loss\",\"name\":\"forRequester\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"uint256\",\"name\":\"junior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"juniorUnbonding\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnvested\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnbonding\",\"type\":\"uint256\"}],\"indexed\":false,\"internalType\":\"structProverVault.Loss\",\"name\":\"forOthers\",\"type\":\"tuple\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"severity\",\"type\":\"uint8\"}],\"name\":\"Slashed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"token\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"Swept\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"from\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"Transfer\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"sender\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"Withdraw\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"BURN\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"}],\"name\":\"allowance\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"spender\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"approve\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"asset\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"balanceOf\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"claim\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"claimCommission\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"}],\"name\":\"claimableRedeemRequest\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"closeCase\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"collect\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"convertToAssets\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"convertToShares\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"creditOf\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"decimals\",\"outputs\":[{\"internalType\":\"uint8\",\"name\":\"\",\"type\":\"uint8\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"deposit\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"minShares\",\"type\":\"uint256\"}],\"name\":\"deposit\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"depositJunior\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"freeze\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"frozenOf\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"held\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"insurance\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"}],\"name\":\"isOperator\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"},{\"internalType\":\"uint128\",\"name\":\"amount\",\"type\":\"uint128\"},{\"internalType\":\"uint128\",\"name\":\"damageCap\",\"type\":\"uint128\"}],\"name\":\"lock\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"market\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"name\":\"maxDeposit\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"maxMint\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"}],\"name\":\"maxRedeem\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"}],\"name\":\"maxWithdraw\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"}],\"name\":\"mint\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"name\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"openCase\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"openRedemptions\",\"outputs\":[{\"internalType\":\"uint64[]\",\"name\":\"\",\"type\":\"uint64[]\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"}],\"name\":\"pendingRedeemRequest\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"previewDeposit\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"name\":\"previewMint\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"name\":\"previewRedeem\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"name\":\"previewWithdraw\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"prover\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"}],\"name\":\"redeem\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"name\":\"redemption\",\"outputs\":[{\"components\":[{\"internalType\":\"address\",\"name\":\"controller\",\"type\":\"address\"},{\"internalType\":\"uint64\",\"name\":\"matures\",\"type\":\"uint64\"},{\"internalType\":\"uint24\",\"name\":\"generation\",\"type\":\"uint24\"},{\"internalType\":\"bool\",\"name\":\"junior\",\"type\":\"bool\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"poolShares\",\"type\":\"uint256\"}],\"internalType\":\"structProverVault.Redemption\",\"name\":\"\",\"type\":\"tuple\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"release\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"requestRedeem\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"}],\"name\":\"requestRedeemJunior\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"requestId\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"commissionBps\",\"type\":\"uint256\"}],\"name\":\"reward\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"commission\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"junior_\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"operator\",\"type\":\"address\"},{\"internalType\":\"bool\",\"name\":\"approved\",\"type\":\"bool\"}],\"name\":\"setOperator\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"share\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"damages\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"punitive\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"reservedJunior\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"severity\",\"type\":\"uint8\"},{\"components\":[{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"reporter\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"rescuer\",\"type\":\"address\"}],\"internalType\":\"structProverVault.Payees\",\"name\":\"to\",\"type\":\"tuple\"}],\"name\":\"slash\",\"outputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"junior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"juniorUnbonding\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnvested\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnbonding\",\"type\":\"uint256\"}],\"internalType\":\"structProverVault.Loss\",\"name\":\"forRequester\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"uint256\",\"name\":\"junior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"juniorUnbonding\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnvested\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"seniorUnbonding\",\"type\":\"uint256\"}],\"internalType\":\"structProverVault.Loss\",\"name\":\"forOthers\",\"type\":\"tuple\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"state\",\"outputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"junior\",\"type\":\"uint256\"},{\"components\":[{\"internalType\":\"uint128\",\"name\":\"assets\",\"type\":\"uint128\"},{\"internalType\":\"uint24\",\"name\":\"generation\",\"type\":\"uint24\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"internalType\":\"structPool\",\"name\":\"juniorUnbonding\",\"type\":\"tuple\"},{\"internalType\":\"uint256\",\"name\":\"senior\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"dripping\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"dripFrom\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"dripUntil\",\"type\":\"uint256\"},{\"components\":[{\"internalType\":\"uint128\",\"name\":\"assets\",\"type\":\"uint128\"},{\"internalType\":\"uint24\",\"name\":\"generation\",\"type\":\"uint24\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"internalType\":\"structPool\",\"name\":\"seniorUnbonding\",\"type\":\"tuple\"},{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"commission\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"lastRedemption\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"cases\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"lockCount\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"lockTotal\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"damageCapTotal\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"totalAssets\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"price\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"effective\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"held\",\"type\":\"uint256\"}],\"internalType\":\"structProverVault.State\",\"name\":\"s\",\"type\":\"tuple\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes4\",\"name\":\"id\",\"type\":\"bytes4\"}],\"name\":\"supportsInterface\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"contractIERC20\",\"name\":\"token\",\"type\":\"address\"}],\"name\":\"sweep\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"symbol\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"totalAssets\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"totalSupply\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"transfer\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"from\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"to\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"value\",\"type\":\"uint256\"}],\"name\":\"transferFrom\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"unbonding\",\"outputs\":[{\"internalType\":\"uint64\",\"name\":\"\",\"type\":\"uint64\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"assets\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"receiver\",\"type\":\"address\"},{\"internalType\":\"address\",\"name\":\"controller_\",\"type\":\"address\"}],\"name\":\"withdraw\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"shares\",\"type\":\"uint256\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "f0a1e1be3accbbec3abcf28ee3c36e32ee",
	Bin: "0x6101406040523461054f5761518f8038038061001a81610553565b928339810160e08282031261054f578151916001600160a01b038316830361054f5760208101516001600160401b03811161054f578261005b918301610578565b604082015190926001600160401b03821161054f5761007b918301610578565b610087606083016105c9565b93610094608084016105c9565b9160c06100a360a086016105c9565b9401516001600160401b038116959086900361054f578051906001600160401b03821161044a5760035490600182811c92168015610545575b602083101461042c5781601f8493116104cf575b50602090601f8311600114610469575f9261045e575b50508160011b915f199060031b1c1916176003555b8051906001600160401b03821161044a57600454600181811c91168015610440575b602082101461042c57601f81116103be575b50602090601f83116001146103555761019d9392915f918361034a575b50508160011b915f199060031b1c1916176004555b61018a816105dd565b9015610342575b60a052806080526105dd565b9015908115610333575b508015610322575b8015610311575b8015610300575b80156102f4575b80156102e8575b6102d9576103e89360c05260e052610100520260018060401b0381169081036102c55761012052604051614b889081610607823960805181818161088401528181610ab70152818161116f0152818161154801528181612be401528181613024015281816131590152613d38015260a05181612cb0015260c0518181816103cf0152818161166801528181611ae701528181611f400152818161249a0152818161269601528181612a620152612d06015260e051818181610a02015281816119fe01528181611ba80152612c6b015261010051818181611aa6015281816128fa01526131ba015261012051818181611cff0152612c320152f35b634e487b7160e01b5f52601160045260245ffd5b633223900b60e21b5f5260045ffd5b506224ea0083116101cb565b5062093a8083106101c4565b506001600160a01b038216156101bd565b506001600160a01b038116156101b6565b506001600160a01b038416156101af565b6012915060ff1614155f6101a7565b506012610191565b015190505f8061016c565b90601f1983169160045f52815f20925f5b8181106103a6575091600193918561019d9796941061038e575b505050811b01600455610181565b01515f1960f88460031b161c191690555f8080610380565b92936020600181928786015181550195019301610366565b8281111561014f5760045f52601f830160051c7f8a35acfbc15ff81a39ae7d344fd709f28e8600b4aa8c65c6b64bfe7fe36bd19b60208510610424575b81601f9101920160051c03905f5b82811061041757505061014f565b5f82820155600101610409565b5f91506103fb565b634e487b7160e01b5f52602260045260245ffd5b90607f169061013d565b634e487b7160e01b5f52604160045260245ffd5b015190505f80610106565b60035f9081528281209350601f198516905b8181106104b7575090846001959493921061049f575b505050811b0160035561011b565b01515f1960f88460031b161c191690555f8080610491565b9293602060018192878601518155019501930161047b565b828111156100f05760035f52909150601f830160051c7fc2575a0e9e593c00f959f8c92f12db2869c3395a3b0502d05e2516446f71f85b6020851061053d575b849392601f0160051c82900391015f5b82811061052d5750506100f0565b5f8183015585945060010161051f565b5f915061050f565b91607f16916100dc565b5f80fd5b6040519190601f01601f191682016001600160401b0381118382101761044a57604052565b81601f8201121561054f578051906001600160401b03821161044a576105a7601f8301601f1916602001610553565b928284526020838301011161054f57815f9260208093018386015e8301015290565b51906001600160a01b038216820361054f57565b5f60048160209363313ce56760e01b82525afa905f5191610100831090601f3d1116169182029056fe60806040526004361015610011575f80fd5b5f3560e01c806301681a62146130fa57806301e1d114146130d757806301ffc9a71461305157806306ec16f814612f8557806306fdde0314612eca57806307a2d13a14612eac578063095ea7b314612e045780630a28a47714612a4b57806318160ddd14612de75780631bf6e00d14612daf57806323b872dd14612d7757806324bce60c14612ce7578063313ce56714612c9a57806332a8f30f14612c56578063331fc44a14612c1357806338d52e0f14612bcf578063402d267d14612bab5780634a1dc09214612ac85780634a22665714612a505780634cdad50614612a4b5780635337301614612652578063558a7297146125c057806367d42a8b146124845780636e553f651461240257806370a08231146123cb57806375807250146123935780637d41c86e14611f6f57806380f5560514611f2b57806384aa181e14611b92578063886b1d4014611ad557806389cf320414611a915780638d97f3cb146119e857806394bf804d1461193e57806395d89b411461183e578063a285aed714611824578063a4fa8d571461164f578063a8d5fd6514611635578063a9059cbb14611604578063b3d7f6b9146115e6578063b460af94146112c6578063b6363cf21461126f578063ba08765214610f3d578063bc157ac114610e7a578063c0a2526c14610e5e578063c19d93fb14610b4c578063c63d75b614610b20578063c6e6f59214610312578063c74eef4a146109e3578063ce96cb77146109bb578063d905777e1461098f578063dd62ed3e1461093f578063ddd5e1b21461073a578063e86af21a146105ba578063e8de2b791461038f578063eaed1d0714610317578063ef8b30f7146103125763f5a23d8d1461028c575f80fd5b3461030e57604036600319011261030e576102a561324e565b6004355f908152600e60205260409020805490916001600160a01b0380831691161490816102ed575b50156102e457600160209101545b604051908152f35b5060205f6102dc565b90506001600160401b0380610300614331565b9260a01c169116105f6102ce565b5f80fd5b6132e8565b3461030e57604036600319011261030e5761033061324e565b6004355f908152600e60205260409020805490916001600160a01b03808316911614908161036d5750156102e45760016020910154604051908152f35b90506001600160401b0380610380614331565b9260a01c1691161015826102ce565b3461030e57606036600319011261030e576004356024356001600160801b0381169081810361030e57604435916001600160801b03831680840361030e577f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a757845f5260116020526001600160801b0360405f205416610594578115801561058b575b61057c5763ffffffff60075460c01c1661056d5761043c61463f565b60085490610453846001600160801b0384166133a0565b1161055e57610471826001600160801b03600554169260801c6133a0565b1161054f577f2a50f8d67746c9168b1f1441554cc1a89cdf9c1a7d569799914731de770a559c9360409384516104a68161333c565b84815260208082018581525f8a81526011909252908790209151905160801b6001600160801b0319166001600160801b03919091161790556007546001600160e01b03196104f760e083901c613449565b60e01b169060018060e01b03161760075561053a6001600160801b036105226008549382851661354f565b16926001600160801b0319928316841760801c61354f565b60801b161760085582519182526020820152a2005b63f1c17b1b60e01b5f5260045ffd5b630a68850160e11b5f5260045ffd5b635c9102f560e01b5f5260045ffd5b633223900b60e21b5f5260045ffd5b50818111610420565b84631c3cc2df60e31b5f5260045260245ffd5b63dcec26d560e01b5f523360045260245ffd5b3461030e57602036600319011261030e576001600160a01b036105db613238565b165f52600f60205260405f2060405190818260208354928381520180935f5260205f20925f905b8060038301106106e85761063b9454918181106106ce575b8181106106b1575b818110610694575b10610686575b509392930382613372565b604051918291602083019060208452518091526040830191905f5b818110610664575050500390f35b82516001600160401b0316845285945060209384019390920191600101610656565b60c01c815260200185610630565b9260206001916001600160401b038560801c16815201930161062a565b9260206001916001600160401b038560401c168152019301610622565b9260206001916001600160401b038516815201930161061a565b916004919350608060019186546001600160401b03811682526001600160401b038160401c1660208301526001600160401b0381841c16604083015260c01c6060820152019401920185929391610602565b3461030e57604036600319011261030e5760043561075661324e565b9061075f61356f565b805f52600e60205260405f20916040519161077983613306565b83549160018060a01b03831691828552602085016001600160401b038560a01c16815262ffffff8560e01c166040870152606086019460f81c1515855260026001880154976080880198895201549360a087019485521561092c5785516001600160401b0391906107f2906001600160a01b0316613c16565b816107fb614331565b9151169182911610610916575063ffffffff60075460c01c1661056d5760209561083e956108b19561082e8651836145d8565b9788809785519051908588614373565b51156108c9575050604080516001600160a01b0384168152602081018590527fd6447654587773e74862f69ea429564ac713a27f015753ebd708b8163837e2649190a25b7f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03166135a4565b5f5f516020614b685f395f51905f525d604051908152f35b51905160408051868152898101929092526001600160a01b0392831693509184169133917ffbde797d201c681b91056529119e0b02407c7bb96a4a2c75c01fc9667232c8db9190a4610882565b9063307ef04f60e21b5f5260045260245260445ffd5b50631c01a79160e21b5f5260045260245ffd5b3461030e57604036600319011261030e57610958613238565b61096061324e565b6001600160a01b039182165f908152600160209081526040808320949093168252928352819020549051908152f35b3461030e57602036600319011261030e5760206109b26109ad613238565b6146b2565b50604051908152f35b3461030e57602036600319011261030e5760206109d96109ad613238565b9050604051908152f35b3461030e57604036600319011261030e576004356109ff61324e565b907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03163303610b0d57610a3861356f565b600654918260801c92828410610af6576001600160801b03610ae494610a63821991838716906133ad565b60801b169116176006557f8e14daa5332205b1634040e1054e93d1f5396ec8bf0115d133b7fbaf4a52e41160405180610ab285858360209093929193604081019460018060a01b031681520152565b0390a17f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03166135a4565b5f5f516020614b685f395f51905f525d005b82846344fa91eb60e11b5f5260045260245260445ffd5b633f94f9b760e01b5f523360045260245ffd5b3461030e57602036600319011261030e57610b39613238565b5060206102dc610b476133cd565b61467d565b3461030e575f36600319011261030e576040516102408101908082106001600160401b03831117610e4a576102c0916040525f8152610b896134fe565b60208201525f60408201525f60608201525f60808201525f60a0820152610bae6134fe565b60c08201525f60e08201525f6101008201525f6101208201525f6101408201525f6101608201525f6101808201525f6101a08201525f6101c08201525f6101e08201525f6102008201525f6102208201526005546001600160801b0381168252604051610c1a81613357565b62ffffff600c546001600160801b038116835260801c166020820152600d546040820152602083015260801c60408201526006546001600160801b0381166060830152600754906001600160401b03821660808401526001600160401b038260401c1660a0840152610c8a61351c565b60c084015260025460e084015260801c6101008301526001600160401b038160801c1661012083015263ffffffff8160c01c1661014083015260e01c6101608201526008546001600160801b03811661018083015260801c6101a0820152610cff60055460801c610cf9613645565b906133a0565b6101c0820152610d0d613739565b6101e0820152610d1b61463f565b610200820152610d2961349c565b6102208201526102206040519180518352610d6e60208201516020850190604080916001600160801b03815116845262ffffff60208201511660208501520151910152565b60408101516080840152606081015160a0840152608081015160c084015260a081015160e0840152610dcb60c0820151610100850190604080916001600160801b03815116845262ffffff60208201511660208501520151910152565b60e08101516101608401526101008101516101808401526101208101516101a08401526101408101516101c08401526101608101516101e08401526101808101516102008401526101a0810151828401526101c08101516102408401526101e081015161026084015261020081015161028084015201516102a0820152f35b634e487b7160e01b5f52604160045260245ffd5b3461030e575f36600319011261030e57602060405161dead8152f35b3461030e57606036600319011261030e57600435610e9661324e565b60443590610ea261356f565b610eaa613e9f565b6001600160801b038311610f2a57610ec18361467d565b91670de0b6b3a764000084108015610f22575b610f0357808310610eed5750816020936108b192613eed565b826371c4efed60e01b5f5260045260245260445ffd5b8363253bf97d60e11b5f52600452670de0b6b3a764000060245260445ffd5b508215610ed4565b8263ff74067960e01b5f5260045260245ffd5b3461030e57610f4b366132ae565b9190610f5561356f565b5f92610f6081613c16565b63ffffffff60075460c01c1661056d5760018060a01b031692835f52600f60205260405f2091604051808460208296549384815201905f5260205f20925f905b80600383011061121d57610fd9945491818110611203575b8181106111e6575b8181106111c9575b106111bb575b509693960384613372565b5f91845b84518410806111b2575b1561111f576001600160401b03610ffe85876134d6565b51165f52600e60205260405f209060405161101881613306565b82549260018060a01b038416825260208201936001600160401b038160a01c16855262ffffff8160e01c16604084015260f81c1580159485606085015260026001840154936080860194855201549560a0850196875291611100575b506110f2576110da936110d4936110c98a8a956110ce95518085108186180281189586918083145f146110e1575051915b6001600160401b036110c26110ba85846145d8565b9a8b966134d6565b5116614373565b613393565b986133a0565b936134c8565b9295610fdd565b6110ec915183614167565b916110a5565b505096936110da91506134c8565b90506001600160401b0380611113614331565b9251169116108b611074565b908587928061119c57506020936108b1928492604051908482528782015260018060a01b038316907ffbde797d201c681b91056529119e0b02407c7bb96a4a2c75c01fc9667232c8db60403392a47f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03166135a4565b90630370b72960e21b5f5260045260245260445ffd5b50801515610fe7565b60c01c815260200188610fce565b9260206001916001600160401b038560801c168152019301610fc8565b9260206001916001600160401b038560401c168152019301610fc0565b9260206001916001600160401b0385168152019301610fb8565b916004919350608060019186546001600160401b03811682526001600160401b038160401c1660208301526001600160401b0381841c16604083015260c01c6060820152019401920186929391610fa0565b3461030e57604036600319011261030e57611288613238565b61129061324e565b9060018060a01b03165f52601060205260405f209060018060a01b03165f52602052602060ff60405f2054166040519015158152f35b3461030e576112d4366132ae565b916112dd61356f565b5f926112e881613c16565b63ffffffff60075460c01c1661056d5760018060a01b031691825f52600f60205260405f2091604051808460208296549384815201905f5260205f20925f905b8060038301106115945761135d945491818110611203578181106111e6578181106111c957106111bb57509693960384613372565b5f94815b845187108061158b575b156114fb576001600160401b0361138288876134d6565b51165f52600e60205260405f209060405161139c81613306565b82549160018060a01b038316825260208201926001600160401b038160a01c16845262ffffff8160e01c16604084015260f81c1580159384606085015260026001870154966080860197885201549460a08501958652916114dc575b506114cd576114088351836145d8565b9182156114bd579161144f939185938c8b61145598519580519786861061145c575b505095856110c9936001600160401b036110c288956114499a9b6134d6565b956133a0565b966134c8565b9592611361565b90975061144996506110c9939550849586936114866001600160801b03600a5416600b5489614353565b9361149584518c519087614353565b9a8b945185146114ad575b509399985093509361142a565b5194506001600160401b036114a0565b50959891505061145591506134c8565b959891505061145591506134c8565b90506001600160401b03806114ef614331565b9251169116108b6113f8565b859080611575576020856108b1868686604051838152858782015260018060a01b038316907ffbde797d201c681b91056529119e0b02407c7bb96a4a2c75c01fc9667232c8db60403392a47f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03166135a4565b83630370b72960e21b5f5260045260245260445ffd5b5080151561136b565b916004919350608060019186546001600160401b03811682526001600160401b038160401c1660208301526001600160401b0381841c16604083015260c01c6060820152019401920186929391611328565b3461030e57602036600319011261030e5760206102dc600435613701565b3461030e57604036600319011261030e5761162a611620613238565b602435903361381e565b602060405160018152f35b3461030e575f36600319011261030e576020604051308152f35b3461030e57604036600319011261030e576004356024357f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a75761169e61356f565b5f9061251c8111611812576116b3908361400a565b906116be8284613393565b92836001600160801b03600554166116e66116e060055460801c610cf9613645565b826133a0565b9069d3c21bcecceda1000000600254101580611809575b6117e4575b505050906117b36117e092611715613920565b6006546001600160801b038019611737611732898560801c6133a0565b613cf2565b60801b169116176006556005546001600160801b0361175b611732898385166133a0565b16906001600160801b0319161760055561177483614205565b60408051868152602081018890529081018490527f726925371faee6e18259315adf0a82740669f4573cfd6bbbd52000a23cdd081490606090a1613d23565b5f5f516020614b685f395f51905f525d604051938493846040919493926060820195825260208201520152565b0390f35b6117e09450611802916117fb916117b39498614167565b8096613393565b9286611702565b508115156116fd565b632a88bac560e11b5f5260045260245ffd5b3461030e575f36600319011261030e5760206102dc61349c565b3461030e575f36600319011261030e576040515f6004548060011c90600181168015611934575b602083108114611920578285529081156118fc575060011461189e575b6117e08361189281850382613372565b60405191829182613264565b91905060045f527f8a35acfbc15ff81a39ae7d344fd709f28e8600b4aa8c65c6b64bfe7fe36bd19b915f905b8082106118e257509091508101602001611892611882565b9192600181602092548385880101520191019092916118ca565b60ff191660208086019190915291151560051b840190910191506118929050611882565b634e487b7160e01b5f52602260045260245ffd5b91607f1691611865565b3461030e57604036600319011261030e5760043561195a61324e565b9061196361356f565b8060c81c6119d657611973613e9f565b61197c81613701565b916001600160801b038311610f2a57670de0b6b3a7640000831080156119ce575b6119af5782916020936108b192613eed565b8263253bf97d60e11b5f52600452670de0b6b3a764000060245260445ffd5b50811561199d565b63ff74067960e01b5f5260045260245ffd5b3461030e57602036600319011261030e576004357f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03163303610b0d57610ae490611a3861356f565b6005546001600160801b03611a52611732848385166133a0565b16906001600160801b031916176005557f2f54a4e8574f72e4b1768051720639cf5bb911f4e14b05a8d03237428cd502736020604051838152a1613d23565b3461030e575f36600319011261030e576040517f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03168152602090f35b3461030e575f36600319011261030e577f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a75760075463ffffffff8160c01c168015611b83577f49975b326c379ec91b42c47db5f7d6ef053f2e769febd9dcb0126a0a07a1935d91611b5560209261348a565b63ffffffff60c01b1990911660c082901b63ffffffff60c01b161760075560405163ffffffff9091168152a1005b632cc75e3360e11b5f5260045ffd5b3461030e57602036600319011261030e576004357f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633819003610b0d57611be061356f565b6001600160801b0360055416828110611f145750805f52600f602052601060405f20541015611f0557611c13600c614ab8565b15611ed85781905b8115611ec957611c29613920565b6001600160801b0383166005546001600160801b03611c4a838284166133ad565b16906001600160801b03191617600555611c64600c614ab8565b611e7d575b611c7f6001600160801b039182600c541661354f565b166001600160801b0319600c541617600c55611c9d82600d546133a0565b600d55600754916001600160401b038360801c166001600160401b038114611e6957600101926001600160401b038416936001600160401b0360801b9060801b16906001600160401b0360801b1916176007556002611d24611cfd614331565b7f000000000000000000000000000000000000000000000000000000000000000090613cb1565b9162ffffff600c5460801c1660405193611d3d85613306565b8585526001600160401b03602086019116815260408501918252606085016001815260808601925f845260a08701948552885f52600e60205260405f209660018060a01b03905116928754906001600160401b0360a01b905160a01b169162ffffff60e01b905160e01b169260ff60f81b9051151560f81b169360018060f81b039160ff60f81b1617161717178455516001840155519101555f52600f60205260405f2091825492600160401b841015610e4a5760208392611e4a84611e2b887f6b4b4c71b042cf94d2f9cbc20996482bdd38c25e6b2e688b115d07c57b581bcb966001879b018155613cd1565b9091906001600160401b038084549260031b9316831b921b1916179055565b604051908152a25f5f516020614b685f395f51905f525d604051908152f35b634e487b7160e01b5f52601160045260245ffd5b611e896001600c614ae9565b5f600d55600c549062ffffff8260801c169062ffffff8214611e695762ffffff60801b19909216600190910160801b62ffffff60801b1617600c55611c69565b63595bd39f60e11b5f5260045ffd5b600d5480611ee95750815b90611c1b565b611f00906001600160801b03600c54169084614167565b611ee3565b6317a4548b60e11b5f5260045ffd5b9050632021c8b760e21b5f5260045260245260445ffd5b3461030e575f36600319011261030e576040517f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03168152602090f35b3461030e57611f7d366132ae565b611f8561356f565b611f8e82613c16565b6001600160a01b038116903382141580612370575b612360575b815f525f6020528360405f20541061233e57611fc48482613c69565b611fcd846136c9565b9260018060a01b031690815f52600f602052601060405f20541015611f0557611ff6600a614ab8565b1561231157835b8415611ec9576001600160801b0390612014613920565b166005546001600160801b03801961202f848460801c6133ad565b60801b16911617600555612043600a614ab8565b6122c6575b61205e6001600160801b039182600a541661354f565b166001600160801b0319600a541617600a5561207c84600b546133a0565b600b55600754936001600160401b038560801c166001600160401b038114611e6957600101946001600160401b038616956001600160401b0360801b9060801b16906001600160401b0360801b19161760075560026120dc611cfd614331565b9162ffffff600a5460801c16604051936120f585613306565b8685526001600160401b0316602080860191825260408087019384525f60608801818152608089018e815260a0808b019889528e8452600e86528484209a5196519751925197901b67ffffffffffffffff60a01b166001600160a01b03969096169590951760e09190911b62ffffff60e01b161794151560f81b6001600160f81b0319169490941787559151600187015592519390940192909255848252600f9052208054600160401b811015610e4a57611e2b816121ba9360018994018155613cd1565b82156122b357825f525f6020528460405f20548111156122a3575b5050815f525f60205260405f205484811061228857907f1fdc681a13d8c5da54e301c7ce6542dcde4581e4725043fdab2db12ddc57450661226d86602097869588975f525f8a520360405f205580600254036002555f857fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef8a604051858152a360408051338152602081019290925290918291820190565b0390a45f5f516020614b685f395f51905f525d604051908152f35b92505063391434e360e21b5f5260045260245260445260645ffd5b6122ac91613c69565b84846121d5565b634b637e8f60e11b5f525f60045260245ffd5b6122d15f600a614ae9565b5f600b55600a549062ffffff8260801c169062ffffff8214611e695762ffffff60801b19909216600190910160801b62ffffff60801b1617600a55612048565b600b54806123225750835b93611ffd565b612339906001600160801b03600a54169086614167565b61231c565b83825f525f60205260405f2054632021c8b760e21b5f5260045260245260445ffd5b61236b84338361377b565b611fa8565b505f82815260106020908152604080832033845290915290205460ff1615611fa3565b3461030e57602036600319011261030e576001600160a01b036123b4613238565b165f526013602052602060405f2054604051908152f35b3461030e57602036600319011261030e576001600160a01b036123ec613238565b165f525f602052602060405f2054604051908152f35b3461030e57604036600319011261030e5760043561241e61324e565b61242661356f565b61242e613e9f565b6001600160801b038211612471576124458261467d565b90670de0b6b3a764000083108015612469575b6119af57816020936108b192613eed565b508115612458565b5063ff74067960e01b5f5260045260245ffd5b3461030e57602036600319011261030e576004357f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a757805f52601160205260405f20604051906124e18261333c565b54906001600160801b038216808252602082019260801c8352156125ad576001600160801b0390835f5260116020525f604081205560075463ffffffff60e01b61252d8260e01c61348a565b60e01b169060018060e01b03161760075551169061257f6001600160801b0361255b600854948286166133ad565b1692836001600160801b038019945116916001600160801b0319161760801c6133ad565b60801b16176008557fa50863d0f9d05b40f646b781ddc08e56e16bcbf0143428dd2bbfcb7a031463045f80a2005b8263051f859760e01b5f5260045260245ffd5b3461030e57604036600319011261030e576125d9613238565b6024359081151580920361030e57335f52601060205260405f2060018060a01b0382165f5260205260405f2060ff1981541660ff841617905560405191825260018060a01b0316907fceb576d9f15e4e200fdb5096d64d5dfd667e16def20c1eefd14256d8e3faa26760203392a3602060405160018152f35b3461030e5760e036600319011261030e576004356064359060ff82169182810361030e57606036608319011261030e5761268a613460565b50612693613460565b507f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a7576126cc61356f565b60648311612a38576126dc613920565b6126e4613460565b506005546001600160801b03600c5416936001600160801b0360065416916001600160801b03600a5416906040519361271c85613321565b6001600160801b038216855260208501978852604085015260801c606084015260808301526127eb6127e061275d61275487866139e3565b966024356133a0565b61277987519161277360208a01938451906133a0565b90613393565b9761278688518751613393565b865261279482518251613393565b90526127c46127a66044358a88613a37565b80966127be82519b612773602085019d8e51906133a0565b90613a7b565b6127cd87613ae4565b6127d685613ae4565b86519051906133a0565b9583519051906133a0565b6127f483613baa565b9360ff81168303611e69576107f89060031b1660c8018060c811611e695780612828916103e810816103e81802188261400a565b6128496128358284613393565b956128448160011c948a6133a0565b6133a0565b906001600160a01b0361285a613bea565b16612a1d575b506001600160a01b03612871613c00565b1615612a095790610cf961289761289d9361277361288d613c00565b8960011c90614a31565b95614100565b905b608435906001600160a01b038216820361030e5761292361291e7f0d1b7120c1142dbd0a70624993ef355dbabb580a943325dc36b96a58b20fa0b2946127736128f7612a07996127736101409d896101609a50614a31565b917f0000000000000000000000000000000000000000000000000000000000000000614a31565b6149b5565b506040519061295a828860808091805184526020810151602085015260408101516040850152606081015160608501520151910152565b845160a0830152602085015160c0830152604085015160e08301526060850151610100830152608085015161012083015287820152a15f5f516020614b685f395f51905f525d6129d5604051809460808091805184526020810151602085015260408101516040850152606081015160608501520151910152565b805160a0840152602081015160c0840152604081015160e0840152606081015161010084015260800151610120830152565bf35b9390610cf9612a179261408e565b9061289f565b90612773612a3292612a2d613bea565b614a31565b87612860565b826325811de360e01b5f5260045260245ffd5b61328e565b3461030e575f36600319011261030e577f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a7577fc541afa361f5611aa6dc6be4ba0265332347554bde427ea5be3f9611721ee47b6020600754611b5563ffffffff8260c01c16613449565b3461030e57602036600319011261030e575f60a0604051612ae881613306565b82815282602082015282604082015282606082015282608082015201526004355f52600e60205260c060405f20604051612b2181613306565b81549160018060a01b0383169283835262ffffff602084016001600160401b038360a01c1681526001600160401b036040860191838560e01c168352606087019460f81c1515855260a0600260018801549760808a0198895201549701968752604051978852511660208701525116604085015251151560608401525160808301525160a0820152f35b3461030e57602036600319011261030e57612bc4613238565b5060206102dc6133cd565b3461030e575f36600319011261030e576040517f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03168152602090f35b3461030e575f36600319011261030e5760206040516001600160401b037f0000000000000000000000000000000000000000000000000000000000000000168152f35b3461030e575f36600319011261030e576040517f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03168152602090f35b3461030e575f36600319011261030e57600660ff7f0000000000000000000000000000000000000000000000000000000000000000160160ff8111611e695760209060ff60405191168152f35b3461030e57604036600319011261030e57612d00613238565b602435907f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031633036105a75760207fd8e88ff4d5d94e7091a1c966f1e919b4f2f7875c9bf04732999ed720b75b74759160018060a01b031692835f52601282528060405f2055604051908152a2005b3461030e57606036600319011261030e5761162a612d93613238565b612d9b61324e565b60443591612daa83338361377b565b61381e565b3461030e57602036600319011261030e576001600160a01b03612dd0613238565b165f526012602052602060405f2054604051908152f35b3461030e575f36600319011261030e576020600254604051908152f35b3461030e57604036600319011261030e57612e1d613238565b602435903315612e99576001600160a01b0316908115612e8657335f52600160205260405f20825f526020528060405f20556040519081527f8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b92560203392a3602060405160018152f35b634a1406b160e11b5f525f60045260245ffd5b63e602df0560e01b5f525f60045260245ffd5b3461030e57602036600319011261030e5760206102dc6004356136c9565b3461030e575f36600319011261030e576040515f6003548060011c90600181168015612f7b575b602083108114611920578285529081156118fc5750600114612f1d576117e08361189281850382613372565b91905060035f527fc2575a0e9e593c00f959f8c92f12db2869c3395a3b0502d05e2516446f71f85b915f905b808210612f6157509091508101602001611892611882565b919260018160209254838588010152019101909291612f49565b91607f1691612ef1565b3461030e57602036600319011261030e576020612fa0613238565b612fa861356f565b6108b160018060a01b038216805f526013845260405f2054928184925f52601386525f60408120556009546001600160801b03612fe98186168284166133ad565b16906001600160801b031916176009557f8c22f554c81b54107cd95e734e4ef45767214974a540f34ea4a4f8c3fc7b13c386604051858152a27f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03166135a4565b3461030e57602036600319011261030e5760043563ffffffff60e01b811680910361030e576020906301ffc9a760e01b81149081156130c6575b81156130b5575b81156130a4575b506040519015158152f35b632f0a18c560e01b14905082613099565b631883ba3960e21b81149150613092565b63e3bc4e6560e01b8114915061308b565b3461030e575f36600319011261030e5760206102dc60055460801c610cf9613645565b3461030e57602036600319011261030e576004356001600160a01b03811680820361030e5761312761356f565b6040516370a0823160e01b815230600482015291602083602481855afa91821561322d575f926131f8575b60209350827f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031682146131df575b506108b19183917fc36b5179cb9c303b200074996eab2b3473eac370fdd7eba3bec636fe3510969686604051858152a27f0000000000000000000000000000000000000000000000000000000000000000906135a4565b6108b19293506131f19061277361349c565b9291613188565b91506020833d602011613225575b8161321360209383613372565b8101031261030e576020925191613152565b3d9150613206565b6040513d5f823e3d90fd5b600435906001600160a01b038216820361030e57565b602435906001600160a01b038216820361030e57565b602060409281835280519182918282860152018484015e5f828201840152601f01601f1916010190565b3461030e57602036600319011261030e5763e685180960e01b5f5260045ffd5b606090600319011261030e57600435906024356001600160a01b038116810361030e57906044356001600160a01b038116810361030e5790565b3461030e57602036600319011261030e5760206102dc60043561467d565b60c081019081106001600160401b03821117610e4a57604052565b60a081019081106001600160401b03821117610e4a57604052565b604081019081106001600160401b03821117610e4a57604052565b606081019081106001600160401b03821117610e4a57604052565b90601f801991011681019081106001600160401b03821117610e4a57604052565b91908203918211611e6957565b91908201809211611e6957565b906001600160801b03809116911603906001600160801b038211611e6957565b63ffffffff60075460c01c1615801590613435575b8015613427575b6134235760055460801c6001600160801b03036001600160801b038111611e6957613420906001600160801b036006541690613393565b90565b5f90565b506134306138f1565b6133e9565b50633b9aca00613443613739565b106133e2565b63ffffffff1663ffffffff8114611e695760010190565b6040519061346d82613321565b5f6080838281528260208201528260408201528260608201520152565b63ffffffff168015611e69575f190190565b6134206134b66134aa613fb2565b60065460801c906133a0565b6001600160801b0360095416906133a0565b5f198114611e695760010190565b80518210156134ea5760209160051b010190565b634e487b7160e01b5f52603260045260245ffd5b6040519061350b82613357565b5f6040838281528260208201520152565b6040519061352982613357565b600a546001600160801b038116835260801c62ffffff166020830152600b546040830152565b906001600160801b03809116911601906001600160801b038211611e6957565b5f516020614b685f395f51905f525c6135955760015f516020614b685f395f51905f525d565b633ee5aeb560e01b5f5260045ffd5b916040519163a9059cbb60e01b5f5260018060a01b031660045260245260205f60448180865af19060015f5114821615613604575b604052156135e45750565b635274afe760e01b5f9081526001600160a01b0391909116600452602490fd5b90600181151661361c57823b15153d151616906135d9565b503d5f823e3d90fd5b906001600160401b03809116911603906001600160401b038211611e6957565b61364d614331565b600754906001600160401b038083169260401c16906001600160401b038116828110156136b6578310613681575050505f90565b6001600160401b03806136ad856136a7613420976001600160801b036006541696613625565b95613625565b16921690614167565b505050506001600160801b036006541690565b6136da60055460801c610cf9613645565b906002549160018101809111611e69576136fb61342093620f4240906133a0565b91614167565b61371260055460801c610cf9613645565b906002549160018101809111611e695761373361342093620f4240906133a0565b91614353565b61374a60055460801c610cf9613645565b6002549060018101809111611e695761376a61342092620f4240906133a0565b9069d3c21bcecceda1000000614167565b6001600160a01b039081165f818152600160209081526040808320948616835293905291909120549291905f1984106137b5575b50505050565b8284106137fb578015612e99576001600160a01b03821615612e86575f52600160205260405f209060018060a01b03165f5260205260405f20910390555f8080806137af565b508290637dc7a0d960e11b5f5260018060a01b031660045260245260445260645ffd5b916001600160a01b0383169182156122b3576001600160a01b03169283156138de57825f525f6020528160405f20548111156138ce575b5050815f525f60205260405f20548181106138b557817fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef92602092855f525f84520360405f2055845f525f825260405f20818154019055604051908152a3565b8263391434e360e21b5f5260045260245260445260645ffd5b6138d791613c69565b5f81613855565b63ec442f0560e01b5f525f60045260245ffd5b6001600160801b036005541615806139065790565b506002541580156139145790565b5060075460e01c151590565b6006546001600160801b03811680156139df5761396c6001600160801b039182613948613645565b169060055484801961395d858460801c61354f565b60801b169116176005556133ad565b1680916001600160801b03191617600655155f14613996576001600160801b031960075416600755565b6007546001600160401b036139a9614331565b166001600160401b038216106139bd575b50565b6001600160401b036139cd614331565b16906001600160401b03191617600755565b5050565b9190916139ee613460565b926139ff82516020840151906133a0565b908180821091180291828218928214613a3257613a2b9291613a22915183614167565b90818552613393565b6020830152565b505050565b9291613a41613460565b93613a5281516020830151906133a0565b918203828111150292838082109118028084189314613a3257613a2b9291613a22915183614167565b613a8481613baa565b90620f423f1982018281111502928380821091180280841893146137af576040613ac8606094613abc613adf95608086015183614167565b90816080890152613393565b910151808210818318021890816040860152613393565b910152565b6001600160801b036080818351169282613b03600554958287166133ad565b168360208301511684613b1b600c54928284166133ad565b169085191617600c55836040830151169484613b3c600654978289166133ad565b16809686191617600655613b6085199183876060870151169188191617861c6133ad565b841b16176005550151166001600160801b03613b81600a54928284166133ad565b16906001600160801b03191617600a5515613b9857565b6001600160801b031960075416600755565b613420906080613bc360408301516060840151906133a0565b910151906133a0565b8115613bd6570490565b634e487b7160e01b5f52601260045260245ffd5b60a4356001600160a01b038116810361030e5790565b60c4356001600160a01b038116810361030e5790565b6001600160a01b03163381141580613c46575b613c305750565b6377e957df60e11b5f523360045260245260445ffd5b505f81815260106020908152604080832033845290915290205460ff1615613c29565b6001600160a01b03165f908152602081815260408083205460129092529091205481039081111502818110613c9c575050565b63200c960b60e11b5f5260045260245260445ffd5b906001600160401b03809116911601906001600160401b038211611e6957565b91909180548310156134ea575f52601860205f208360021c019260031b1690565b6001600160801b038111613d0c576001600160801b031690565b6306dfcc6560e41b5f52608060045260245260445ffd5b6040516370a0823160e01b81523060048201527f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031690602081602481855afa90811561322d575f91613e6d575b50604051916323b872dd60e01b5f5233600452306024528360445260205f60648180855af160015f5114811615613e4e575b836040525f60605215613e3c57826024816020936370a0823160e01b82523060048301525afa801561322d575f90613e08575b613de79250613393565b90808203613df3575050565b639366facf60e01b5f5260045260245260445ffd5b506020823d602011613e34575b81613e2260209383613372565b8101031261030e57613de79151613ddd565b3d9150613e15565b635274afe760e01b5f5260045260245ffd5b6001811516613e6457813b15153d151616613daa565b833d5f823e3d90fd5b90506020813d602011613e97575b81613e8860209383613372565b8101031261030e57515f613d78565b3d9150613e7b565b63ffffffff60075460c01c1661056d57633b9aca00613ebc613739565b10613ede57613ec96138f1565b613ecf57565b634b82ad3b60e11b5f5260045ffd5b636f919cbd60e11b5f5260045ffd5b613ef5613920565b6005546001600160801b038019613f118286168460801c61354f565b60801b1691161760055560018060a01b031680156138de5782613f39613fb0946002546133a0565b600255815f525f60205260405f20818154019055815f7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef6020604051858152a36040519083825260208201527fdcbc1c05240f31ff3ad067ef1ee35ce4997762752e3a095284754544f4c709d760403392a3613d23565b565b613420613ff8613fe6600554613fdc6001600160801b03600c54166001600160801b0383166133a0565b9060801c906133a0565b6001600160801b0360065416906133a0565b6001600160801b03600a5416906133a0565b9091905f905f1984820990848102928380841093039280840393146140815782612710111561406f57507fbc01a36e2eb1c432ca57a786c226809d495182a9930be0ded288ce703afb7e919394612710910990828211900360fc1b910360041c170290565b634e487b71905260116020526024601cfd5b5050506127109192500490565b905f5f19610fa08409610fa08402918280831092039180830392146140f55781612710111561406f5750612710610fa07fbc01a36e2eb1c432ca57a786c226809d495182a9930be0ded288ce703afb7e9194950990828211900360fc1b910360041c170290565b505061271090049150565b905f5f196105dc84096105dc8402918280831092039180830392146140f55781612710111561406f57506127106105dc7fbc01a36e2eb1c432ca57a786c226809d495182a9930be0ded288ce703afb7e9194950990828211900360fc1b910360041c170290565b90915f1983830992808302928380861095039480860395146141f857848311156141e05790829109815f0382168092046002816003021880820260020302808202600203028082026002030280820260020302808202600203028091026002030293600183805f03040190848311900302920304170290565b82634e487b715f52156003026011186020526024601cfd5b5050906134209250613bcc565b80156139ba576006546001600160801b038116918215801561430b576001600160401b035f5b169081850291858304141715611e695763240c8400820282810463240c840003611e6957614258916133a0565b61426282856133a0565b80156142f9576001600160801b0392614292926001614287611732945f198401613bcc565b0190151502956133a0565b16906001600160801b031916176006556001600160401b036142b2614331565b166fffffffffffffffff00000000000000006142e3600754936001600160401b036142db614331565b911690613cb1565b60401b16916001600160801b0319161717600755565b634e487b715f5260126020526024601cfd5b6001600160401b0361432c8160075460401c16614326614331565b90613625565b61422b565b6103e86001600160401b034216026001600160401b038116908103611e695790565b9161435f818385614167565b918115613bd65761342093091515906133a0565b606082018051919695929493929091156145d057600c905b80614560575b62ffffff6040870151169082549162ffffff8360801c16146144ed575b5050505060a0830190815183106144b157505050825f52600e6020525f600260408220828155826001820155015560018060a01b039051165f52600f60205260405f20905f5b836001600160401b036144078386613cd1565b90549060031b1c16146144225761441d906134c8565b6143f4565b9092505b6001810190818111611e6957825482101561446f576144656001600160401b0361445361446a9486613cd1565b90549060031b1c16611e2b8386613cd1565b6134c8565b614426565b50508054801561449d575f1901906144878282613cd1565b6001600160401b0382549160031b1b1916905555565b634e487b7160e01b5f52603160045260245ffd5b6144c59060806144db959796970151613393565b845f52600e602052600160405f20015551613393565b905f52600e602052600260405f200155565b6001600160801b03918280614504931691166133ad565b166001600160801b031982541617815560018101614523858254613393565b809155158061454d575b614539575b80806143ae565b6145469151151590614ae9565b5f80614532565b506001600160801b03815416151561452d565b61456c816110c9613fb2565b600854906001600160801b0382161161055e5783511515908161459f575b501561439157630a68850160e11b5f5260045ffd5b90506145c5826110c96001600160801b03600554166001600160801b03875416906133a0565b9060801c115f61458a565b600a9061438b565b6060810151909190156146315762ffffff6040600c935b0151169180549262ffffff8460801c16145f1461462a57600101549081614617575050505f90565b6001600160801b03613420931690614167565b5050505f90565b62ffffff6040600a936145ef565b6001600160801b036005541661465f6116e060055460801c610cf9613645565b600a820291808304600a1490151715611e6957818082109118021890565b61468e60055460801c610cf9613645565b61469e600254620f4240906133a0565b60018201809211611e695761342092614167565b5f915f9163ffffffff60075460c01c166149ac5760018060a01b03165f52600f60205260405f20604051808260208294549384815201905f5260205f20925f905b80600383011061495a5761472d945491818110614940575b818110614923575b818110614906575b106148f8575b50959294950384613372565b61473561351c565b9161473e613fb2565b6001600160801b0360085416810390811115025f9260208501935b86518110156148ee576001600160401b0361477482896134d6565b51165f52600e60205260405f20926040519061478f82613306565b845460018060a01b0381168352602083016001600160401b038260a01c168152604084019162ffffff8160e01c16835260f81c1590811580606087015260a0600260018b01549a608089019b8c5201549601958652916148cf575b506148c05762ffffff90511662ffffff8851161493845f146148b9578251895160408b0151906001600160801b0316816148ab575050505f5b915b808311614896578261484b8193614843600198979661485195613393565b9951906133a0565b9c6133a0565b94614863575b50505b01969096614759565b61487a6001600160801b03809216828b51166133ad565b1688525161488d60408901918251613393565b90525f80614857565b975099959850505050505061342092506133a0565b6148b492614167565b614823565b5f91614825565b5093505060019097919761485a565b90506001600160401b03806148e2614331565b9251169116105f6147ea565b5095945050915050565b60c01c81526020015f614721565b9260206001916001600160401b038560801c16815201930161471b565b9260206001916001600160401b038560401c168152019301614713565b9260206001916001600160401b038516815201930161470b565b916004919350608060019186546001600160401b03811682526001600160401b038160401c1660208301526001600160401b0381841c16604083015260c01c60608201520194019201849293916146f3565b505f9250829150565b806149bd5790565b61dead5f52601360205260405f206149d68282546133a0565b90556009546001600160801b036149f181841682841661354f565b16906001600160801b0319161760095561dead7f9c9e0cdb1670e88302408e5b941dc636f63a3293204694bb68910fcf3d9305f36020604051848152a290565b81614a3a575090565b6001600160a01b0316801561057c57805f52601360205260405f20614a608382546133a0565b90556009546001600160801b03614a7b81851682841661354f565b16906001600160801b031916176009557f9c9e0cdb1670e88302408e5b941dc636f63a3293204694bb68910fcf3d9305f36020604051848152a290565b6001600160801b0360018201549154169081670de0b6b3a76400000291670de0b6b3a7640000830403611e69571190565b9015614b32576001600160801b038154166001600160801b03614b116005549282841661354f565b16906001600160801b031916176005555b80546001600160801b0319169055565b6001600160801b038154166001600160801b0360055491614b588219918460801c61354f565b60801b16911617600555614b2256fe9b779b17422d0df92223018b32b4d1fa46e071723d6817e2486d003becc55f00",
}

// ProverVault is an auto generated Go binding around an Ethereum contract.
type ProverVault struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ProverVault) GetABI() abi.ABI {
	return c.abi
}

// NewProverVault creates a new instance of ProverVault.
func NewProverVault() *ProverVault {
	parsed, err := ProverVaultMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ProverVault{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ProverVault) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address asset_, string name_, string symbol_, address market_, address prover_, address insurance_, uint64 unbondingSeconds) returns()
func (proverVault *ProverVault) PackConstructor(asset_ common.Address, name_ string, symbol_ string, market_ common.Address, prover_ common.Address, insurance_ common.Address, unbondingSeconds uint64) []byte {
	enc, err := proverVault.abi.Pack("", asset_, name_, symbol_, market_, prover_, insurance_, unbondingSeconds)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackBURN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc0a2526c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function BURN() view returns(address)
func (proverVault *ProverVault) PackBURN() []byte {
	enc, err := proverVault.abi.Pack("BURN")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBURN is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc0a2526c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function BURN() view returns(address)
func (proverVault *ProverVault) TryPackBURN() ([]byte, error) {
	return proverVault.abi.Pack("BURN")
}

// UnpackBURN is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc0a2526c.
//
// Solidity: function BURN() view returns(address)
func (proverVault *ProverVault) UnpackBURN(data []byte) (common.Address, error) {
	out, err := proverVault.abi.Unpack("BURN", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackAllowance is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdd62ed3e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function allowance(address owner, address spender) view returns(uint256)
func (proverVault *ProverVault) PackAllowance(owner common.Address, spender common.Address) []byte {
	enc, err := proverVault.abi.Pack("allowance", owner, spender)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAllowance is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdd62ed3e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function allowance(address owner, address spender) view returns(uint256)
func (proverVault *ProverVault) TryPackAllowance(owner common.Address, spender common.Address) ([]byte, error) {
	return proverVault.abi.Pack("allowance", owner, spender)
}

// UnpackAllowance is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdd62ed3e.
//
// Solidity: function allowance(address owner, address spender) view returns(uint256)
func (proverVault *ProverVault) UnpackAllowance(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("allowance", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackApprove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x095ea7b3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function approve(address spender, uint256 value) returns(bool)
func (proverVault *ProverVault) PackApprove(spender common.Address, value *big.Int) []byte {
	enc, err := proverVault.abi.Pack("approve", spender, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackApprove is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x095ea7b3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function approve(address spender, uint256 value) returns(bool)
func (proverVault *ProverVault) TryPackApprove(spender common.Address, value *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("approve", spender, value)
}

// UnpackApprove is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x095ea7b3.
//
// Solidity: function approve(address spender, uint256 value) returns(bool)
func (proverVault *ProverVault) UnpackApprove(data []byte) (bool, error) {
	out, err := proverVault.abi.Unpack("approve", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackAsset is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x38d52e0f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function asset() view returns(address)
func (proverVault *ProverVault) PackAsset() []byte {
	enc, err := proverVault.abi.Pack("asset")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAsset is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x38d52e0f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function asset() view returns(address)
func (proverVault *ProverVault) TryPackAsset() ([]byte, error) {
	return proverVault.abi.Pack("asset")
}

// UnpackAsset is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x38d52e0f.
//
// Solidity: function asset() view returns(address)
func (proverVault *ProverVault) UnpackAsset(data []byte) (common.Address, error) {
	out, err := proverVault.abi.Unpack("asset", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackBalanceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70a08231.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function balanceOf(address account) view returns(uint256)
func (proverVault *ProverVault) PackBalanceOf(account common.Address) []byte {
	enc, err := proverVault.abi.Pack("balanceOf", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackBalanceOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x70a08231.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function balanceOf(address account) view returns(uint256)
func (proverVault *ProverVault) TryPackBalanceOf(account common.Address) ([]byte, error) {
	return proverVault.abi.Pack("balanceOf", account)
}

// UnpackBalanceOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x70a08231.
//
// Solidity: function balanceOf(address account) view returns(uint256)
func (proverVault *ProverVault) UnpackBalanceOf(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("balanceOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xddd5e1b2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claim(uint256 id, address receiver) returns(uint256 assets)
func (proverVault *ProverVault) PackClaim(id *big.Int, receiver common.Address) []byte {
	enc, err := proverVault.abi.Pack("claim", id, receiver)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xddd5e1b2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claim(uint256 id, address receiver) returns(uint256 assets)
func (proverVault *ProverVault) TryPackClaim(id *big.Int, receiver common.Address) ([]byte, error) {
	return proverVault.abi.Pack("claim", id, receiver)
}

// UnpackClaim is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xddd5e1b2.
//
// Solidity: function claim(uint256 id, address receiver) returns(uint256 assets)
func (proverVault *ProverVault) UnpackClaim(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("claim", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackClaimCommission is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc74eef4a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimCommission(uint256 assets, address receiver) returns()
func (proverVault *ProverVault) PackClaimCommission(assets *big.Int, receiver common.Address) []byte {
	enc, err := proverVault.abi.Pack("claimCommission", assets, receiver)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimCommission is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc74eef4a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimCommission(uint256 assets, address receiver) returns()
func (proverVault *ProverVault) TryPackClaimCommission(assets *big.Int, receiver common.Address) ([]byte, error) {
	return proverVault.abi.Pack("claimCommission", assets, receiver)
}

// PackClaimableRedeemRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeaed1d07.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimableRedeemRequest(uint256 requestId, address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) PackClaimableRedeemRequest(requestId *big.Int, controller common.Address) []byte {
	enc, err := proverVault.abi.Pack("claimableRedeemRequest", requestId, controller)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimableRedeemRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeaed1d07.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimableRedeemRequest(uint256 requestId, address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) TryPackClaimableRedeemRequest(requestId *big.Int, controller common.Address) ([]byte, error) {
	return proverVault.abi.Pack("claimableRedeemRequest", requestId, controller)
}

// UnpackClaimableRedeemRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xeaed1d07.
//
// Solidity: function claimableRedeemRequest(uint256 requestId, address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) UnpackClaimableRedeemRequest(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("claimableRedeemRequest", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCloseCase is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x886b1d40.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function closeCase() returns()
func (proverVault *ProverVault) PackCloseCase() []byte {
	enc, err := proverVault.abi.Pack("closeCase")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCloseCase is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x886b1d40.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function closeCase() returns()
func (proverVault *ProverVault) TryPackCloseCase() ([]byte, error) {
	return proverVault.abi.Pack("closeCase")
}

// PackCollect is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06ec16f8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function collect(address account) returns(uint256 assets)
func (proverVault *ProverVault) PackCollect(account common.Address) []byte {
	enc, err := proverVault.abi.Pack("collect", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCollect is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06ec16f8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function collect(address account) returns(uint256 assets)
func (proverVault *ProverVault) TryPackCollect(account common.Address) ([]byte, error) {
	return proverVault.abi.Pack("collect", account)
}

// UnpackCollect is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x06ec16f8.
//
// Solidity: function collect(address account) returns(uint256 assets)
func (proverVault *ProverVault) UnpackCollect(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("collect", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackConvertToAssets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x07a2d13a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function convertToAssets(uint256 shares) view returns(uint256)
func (proverVault *ProverVault) PackConvertToAssets(shares *big.Int) []byte {
	enc, err := proverVault.abi.Pack("convertToAssets", shares)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackConvertToAssets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x07a2d13a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function convertToAssets(uint256 shares) view returns(uint256)
func (proverVault *ProverVault) TryPackConvertToAssets(shares *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("convertToAssets", shares)
}

// UnpackConvertToAssets is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x07a2d13a.
//
// Solidity: function convertToAssets(uint256 shares) view returns(uint256)
func (proverVault *ProverVault) UnpackConvertToAssets(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("convertToAssets", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackConvertToShares is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc6e6f592.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function convertToShares(uint256 assets) view returns(uint256)
func (proverVault *ProverVault) PackConvertToShares(assets *big.Int) []byte {
	enc, err := proverVault.abi.Pack("convertToShares", assets)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackConvertToShares is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc6e6f592.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function convertToShares(uint256 assets) view returns(uint256)
func (proverVault *ProverVault) TryPackConvertToShares(assets *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("convertToShares", assets)
}

// UnpackConvertToShares is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc6e6f592.
//
// Solidity: function convertToShares(uint256 assets) view returns(uint256)
func (proverVault *ProverVault) UnpackConvertToShares(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("convertToShares", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackCreditOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x75807250.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function creditOf(address account) view returns(uint256)
func (proverVault *ProverVault) PackCreditOf(account common.Address) []byte {
	enc, err := proverVault.abi.Pack("creditOf", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCreditOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x75807250.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function creditOf(address account) view returns(uint256)
func (proverVault *ProverVault) TryPackCreditOf(account common.Address) ([]byte, error) {
	return proverVault.abi.Pack("creditOf", account)
}

// UnpackCreditOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x75807250.
//
// Solidity: function creditOf(address account) view returns(uint256)
func (proverVault *ProverVault) UnpackCreditOf(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("creditOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDecimals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x313ce567.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function decimals() view returns(uint8)
func (proverVault *ProverVault) PackDecimals() []byte {
	enc, err := proverVault.abi.Pack("decimals")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDecimals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x313ce567.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function decimals() view returns(uint8)
func (proverVault *ProverVault) TryPackDecimals() ([]byte, error) {
	return proverVault.abi.Pack("decimals")
}

// UnpackDecimals is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x313ce567.
//
// Solidity: function decimals() view returns(uint8)
func (proverVault *ProverVault) UnpackDecimals(data []byte) (uint8, error) {
	out, err := proverVault.abi.Unpack("decimals", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6e553f65.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deposit(uint256 assets, address receiver) returns(uint256 shares)
func (proverVault *ProverVault) PackDeposit(assets *big.Int, receiver common.Address) []byte {
	enc, err := proverVault.abi.Pack("deposit", assets, receiver)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6e553f65.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deposit(uint256 assets, address receiver) returns(uint256 shares)
func (proverVault *ProverVault) TryPackDeposit(assets *big.Int, receiver common.Address) ([]byte, error) {
	return proverVault.abi.Pack("deposit", assets, receiver)
}

// UnpackDeposit is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6e553f65.
//
// Solidity: function deposit(uint256 assets, address receiver) returns(uint256 shares)
func (proverVault *ProverVault) UnpackDeposit(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("deposit", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDeposit0 is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbc157ac1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deposit(uint256 assets, address receiver, uint256 minShares) returns(uint256 shares)
func (proverVault *ProverVault) PackDeposit0(assets *big.Int, receiver common.Address, minShares *big.Int) []byte {
	enc, err := proverVault.abi.Pack("deposit0", assets, receiver, minShares)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeposit0 is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbc157ac1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deposit(uint256 assets, address receiver, uint256 minShares) returns(uint256 shares)
func (proverVault *ProverVault) TryPackDeposit0(assets *big.Int, receiver common.Address, minShares *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("deposit0", assets, receiver, minShares)
}

// UnpackDeposit0 is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xbc157ac1.
//
// Solidity: function deposit(uint256 assets, address receiver, uint256 minShares) returns(uint256 shares)
func (proverVault *ProverVault) UnpackDeposit0(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("deposit0", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDepositJunior is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8d97f3cb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function depositJunior(uint256 assets) returns()
func (proverVault *ProverVault) PackDepositJunior(assets *big.Int) []byte {
	enc, err := proverVault.abi.Pack("depositJunior", assets)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDepositJunior is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8d97f3cb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function depositJunior(uint256 assets) returns()
func (proverVault *ProverVault) TryPackDepositJunior(assets *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("depositJunior", assets)
}

// PackFreeze is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x24bce60c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function freeze(address owner, uint256 shares) returns()
func (proverVault *ProverVault) PackFreeze(owner common.Address, shares *big.Int) []byte {
	enc, err := proverVault.abi.Pack("freeze", owner, shares)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFreeze is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x24bce60c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function freeze(address owner, uint256 shares) returns()
func (proverVault *ProverVault) TryPackFreeze(owner common.Address, shares *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("freeze", owner, shares)
}

// PackFrozenOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1bf6e00d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function frozenOf(address account) view returns(uint256)
func (proverVault *ProverVault) PackFrozenOf(account common.Address) []byte {
	enc, err := proverVault.abi.Pack("frozenOf", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFrozenOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1bf6e00d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function frozenOf(address account) view returns(uint256)
func (proverVault *ProverVault) TryPackFrozenOf(account common.Address) ([]byte, error) {
	return proverVault.abi.Pack("frozenOf", account)
}

// UnpackFrozenOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1bf6e00d.
//
// Solidity: function frozenOf(address account) view returns(uint256)
func (proverVault *ProverVault) UnpackFrozenOf(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("frozenOf", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackHeld is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa285aed7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function held() view returns(uint256)
func (proverVault *ProverVault) PackHeld() []byte {
	enc, err := proverVault.abi.Pack("held")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHeld is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa285aed7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function held() view returns(uint256)
func (proverVault *ProverVault) TryPackHeld() ([]byte, error) {
	return proverVault.abi.Pack("held")
}

// UnpackHeld is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa285aed7.
//
// Solidity: function held() view returns(uint256)
func (proverVault *ProverVault) UnpackHeld(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("held", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackInsurance is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x89cf3204.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function insurance() view returns(address)
func (proverVault *ProverVault) PackInsurance() []byte {
	enc, err := proverVault.abi.Pack("insurance")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackInsurance is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x89cf3204.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function insurance() view returns(address)
func (proverVault *ProverVault) TryPackInsurance() ([]byte, error) {
	return proverVault.abi.Pack("insurance")
}

// UnpackInsurance is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x89cf3204.
//
// Solidity: function insurance() view returns(address)
func (proverVault *ProverVault) UnpackInsurance(data []byte) (common.Address, error) {
	out, err := proverVault.abi.Unpack("insurance", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackIsOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb6363cf2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isOperator(address account, address operator) view returns(bool)
func (proverVault *ProverVault) PackIsOperator(account common.Address, operator common.Address) []byte {
	enc, err := proverVault.abi.Pack("isOperator", account, operator)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb6363cf2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isOperator(address account, address operator) view returns(bool)
func (proverVault *ProverVault) TryPackIsOperator(account common.Address, operator common.Address) ([]byte, error) {
	return proverVault.abi.Pack("isOperator", account, operator)
}

// UnpackIsOperator is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb6363cf2.
//
// Solidity: function isOperator(address account, address operator) view returns(bool)
func (proverVault *ProverVault) UnpackIsOperator(data []byte) (bool, error) {
	out, err := proverVault.abi.Unpack("isOperator", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackLock is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe8de2b79.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function lock(bytes32 id, uint128 amount, uint128 damageCap) returns()
func (proverVault *ProverVault) PackLock(id [32]byte, amount *big.Int, damageCap *big.Int) []byte {
	enc, err := proverVault.abi.Pack("lock", id, amount, damageCap)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLock is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe8de2b79.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function lock(bytes32 id, uint128 amount, uint128 damageCap) returns()
func (proverVault *ProverVault) TryPackLock(id [32]byte, amount *big.Int, damageCap *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("lock", id, amount, damageCap)
}

// PackMarket is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x80f55605.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function market() view returns(address)
func (proverVault *ProverVault) PackMarket() []byte {
	enc, err := proverVault.abi.Pack("market")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMarket is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x80f55605.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function market() view returns(address)
func (proverVault *ProverVault) TryPackMarket() ([]byte, error) {
	return proverVault.abi.Pack("market")
}

// UnpackMarket is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x80f55605.
//
// Solidity: function market() view returns(address)
func (proverVault *ProverVault) UnpackMarket(data []byte) (common.Address, error) {
	out, err := proverVault.abi.Unpack("market", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackMaxDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x402d267d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxDeposit(address ) view returns(uint256)
func (proverVault *ProverVault) PackMaxDeposit(arg0 common.Address) []byte {
	enc, err := proverVault.abi.Pack("maxDeposit", arg0)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x402d267d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxDeposit(address ) view returns(uint256)
func (proverVault *ProverVault) TryPackMaxDeposit(arg0 common.Address) ([]byte, error) {
	return proverVault.abi.Pack("maxDeposit", arg0)
}

// UnpackMaxDeposit is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x402d267d.
//
// Solidity: function maxDeposit(address ) view returns(uint256)
func (proverVault *ProverVault) UnpackMaxDeposit(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("maxDeposit", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMaxMint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc63d75b6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxMint(address receiver) view returns(uint256)
func (proverVault *ProverVault) PackMaxMint(receiver common.Address) []byte {
	enc, err := proverVault.abi.Pack("maxMint", receiver)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxMint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc63d75b6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxMint(address receiver) view returns(uint256)
func (proverVault *ProverVault) TryPackMaxMint(receiver common.Address) ([]byte, error) {
	return proverVault.abi.Pack("maxMint", receiver)
}

// UnpackMaxMint is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc63d75b6.
//
// Solidity: function maxMint(address receiver) view returns(uint256)
func (proverVault *ProverVault) UnpackMaxMint(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("maxMint", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMaxRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd905777e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxRedeem(address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) PackMaxRedeem(controller common.Address) []byte {
	enc, err := proverVault.abi.Pack("maxRedeem", controller)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd905777e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxRedeem(address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) TryPackMaxRedeem(controller common.Address) ([]byte, error) {
	return proverVault.abi.Pack("maxRedeem", controller)
}

// UnpackMaxRedeem is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd905777e.
//
// Solidity: function maxRedeem(address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) UnpackMaxRedeem(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("maxRedeem", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMaxWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xce96cb77.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxWithdraw(address controller_) view returns(uint256 assets)
func (proverVault *ProverVault) PackMaxWithdraw(controller common.Address) []byte {
	enc, err := proverVault.abi.Pack("maxWithdraw", controller)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xce96cb77.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxWithdraw(address controller_) view returns(uint256 assets)
func (proverVault *ProverVault) TryPackMaxWithdraw(controller common.Address) ([]byte, error) {
	return proverVault.abi.Pack("maxWithdraw", controller)
}

// UnpackMaxWithdraw is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xce96cb77.
//
// Solidity: function maxWithdraw(address controller_) view returns(uint256 assets)
func (proverVault *ProverVault) UnpackMaxWithdraw(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("maxWithdraw", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94bf804d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function mint(uint256 shares, address receiver) returns(uint256 assets)
func (proverVault *ProverVault) PackMint(shares *big.Int, receiver common.Address) []byte {
	enc, err := proverVault.abi.Pack("mint", shares, receiver)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x94bf804d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function mint(uint256 shares, address receiver) returns(uint256 assets)
func (proverVault *ProverVault) TryPackMint(shares *big.Int, receiver common.Address) ([]byte, error) {
	return proverVault.abi.Pack("mint", shares, receiver)
}

// UnpackMint is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x94bf804d.
//
// Solidity: function mint(uint256 shares, address receiver) returns(uint256 assets)
func (proverVault *ProverVault) UnpackMint(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("mint", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackName is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06fdde03.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function name() view returns(string)
func (proverVault *ProverVault) PackName() []byte {
	enc, err := proverVault.abi.Pack("name")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackName is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06fdde03.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function name() view returns(string)
func (proverVault *ProverVault) TryPackName() ([]byte, error) {
	return proverVault.abi.Pack("name")
}

// UnpackName is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x06fdde03.
//
// Solidity: function name() view returns(string)
func (proverVault *ProverVault) UnpackName(data []byte) (string, error) {
	out, err := proverVault.abi.Unpack("name", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackOpenCase is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4a226657.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function openCase() returns()
func (proverVault *ProverVault) PackOpenCase() []byte {
	enc, err := proverVault.abi.Pack("openCase")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOpenCase is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4a226657.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function openCase() returns()
func (proverVault *ProverVault) TryPackOpenCase() ([]byte, error) {
	return proverVault.abi.Pack("openCase")
}

// PackOpenRedemptions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe86af21a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function openRedemptions(address account) view returns(uint64[])
func (proverVault *ProverVault) PackOpenRedemptions(account common.Address) []byte {
	enc, err := proverVault.abi.Pack("openRedemptions", account)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOpenRedemptions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe86af21a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function openRedemptions(address account) view returns(uint64[])
func (proverVault *ProverVault) TryPackOpenRedemptions(account common.Address) ([]byte, error) {
	return proverVault.abi.Pack("openRedemptions", account)
}

// UnpackOpenRedemptions is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe86af21a.
//
// Solidity: function openRedemptions(address account) view returns(uint64[])
func (proverVault *ProverVault) UnpackOpenRedemptions(data []byte) ([]uint64, error) {
	out, err := proverVault.abi.Unpack("openRedemptions", data)
	if err != nil {
		return *new([]uint64), err
	}
	out0 := *abi.ConvertType(out[0], new([]uint64)).(*[]uint64)
	return out0, nil
}

// PackPendingRedeemRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf5a23d8d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingRedeemRequest(uint256 requestId, address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) PackPendingRedeemRequest(requestId *big.Int, controller common.Address) []byte {
	enc, err := proverVault.abi.Pack("pendingRedeemRequest", requestId, controller)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingRedeemRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf5a23d8d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingRedeemRequest(uint256 requestId, address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) TryPackPendingRedeemRequest(requestId *big.Int, controller common.Address) ([]byte, error) {
	return proverVault.abi.Pack("pendingRedeemRequest", requestId, controller)
}

// UnpackPendingRedeemRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf5a23d8d.
//
// Solidity: function pendingRedeemRequest(uint256 requestId, address controller_) view returns(uint256 shares)
func (proverVault *ProverVault) UnpackPendingRedeemRequest(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("pendingRedeemRequest", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPreviewDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xef8b30f7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function previewDeposit(uint256 assets) view returns(uint256)
func (proverVault *ProverVault) PackPreviewDeposit(assets *big.Int) []byte {
	enc, err := proverVault.abi.Pack("previewDeposit", assets)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPreviewDeposit is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xef8b30f7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function previewDeposit(uint256 assets) view returns(uint256)
func (proverVault *ProverVault) TryPackPreviewDeposit(assets *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("previewDeposit", assets)
}

// UnpackPreviewDeposit is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xef8b30f7.
//
// Solidity: function previewDeposit(uint256 assets) view returns(uint256)
func (proverVault *ProverVault) UnpackPreviewDeposit(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("previewDeposit", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPreviewMint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb3d7f6b9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function previewMint(uint256 shares) view returns(uint256)
func (proverVault *ProverVault) PackPreviewMint(shares *big.Int) []byte {
	enc, err := proverVault.abi.Pack("previewMint", shares)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPreviewMint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb3d7f6b9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function previewMint(uint256 shares) view returns(uint256)
func (proverVault *ProverVault) TryPackPreviewMint(shares *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("previewMint", shares)
}

// UnpackPreviewMint is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb3d7f6b9.
//
// Solidity: function previewMint(uint256 shares) view returns(uint256)
func (proverVault *ProverVault) UnpackPreviewMint(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("previewMint", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPreviewRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4cdad506.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function previewRedeem(uint256 ) pure returns(uint256)
func (proverVault *ProverVault) PackPreviewRedeem(arg0 *big.Int) []byte {
	enc, err := proverVault.abi.Pack("previewRedeem", arg0)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPreviewRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4cdad506.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function previewRedeem(uint256 ) pure returns(uint256)
func (proverVault *ProverVault) TryPackPreviewRedeem(arg0 *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("previewRedeem", arg0)
}

// UnpackPreviewRedeem is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4cdad506.
//
// Solidity: function previewRedeem(uint256 ) pure returns(uint256)
func (proverVault *ProverVault) UnpackPreviewRedeem(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("previewRedeem", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackPreviewWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0a28a477.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function previewWithdraw(uint256 ) pure returns(uint256)
func (proverVault *ProverVault) PackPreviewWithdraw(arg0 *big.Int) []byte {
	enc, err := proverVault.abi.Pack("previewWithdraw", arg0)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPreviewWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0a28a477.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function previewWithdraw(uint256 ) pure returns(uint256)
func (proverVault *ProverVault) TryPackPreviewWithdraw(arg0 *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("previewWithdraw", arg0)
}

// UnpackPreviewWithdraw is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0a28a477.
//
// Solidity: function previewWithdraw(uint256 ) pure returns(uint256)
func (proverVault *ProverVault) UnpackPreviewWithdraw(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("previewWithdraw", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackProver is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x32a8f30f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function prover() view returns(address)
func (proverVault *ProverVault) PackProver() []byte {
	enc, err := proverVault.abi.Pack("prover")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProver is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x32a8f30f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function prover() view returns(address)
func (proverVault *ProverVault) TryPackProver() ([]byte, error) {
	return proverVault.abi.Pack("prover")
}

// UnpackProver is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x32a8f30f.
//
// Solidity: function prover() view returns(address)
func (proverVault *ProverVault) UnpackProver(data []byte) (common.Address, error) {
	out, err := proverVault.abi.Unpack("prover", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba087652.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function redeem(uint256 shares, address receiver, address controller_) returns(uint256 assets)
func (proverVault *ProverVault) PackRedeem(shares *big.Int, receiver common.Address, controller common.Address) []byte {
	enc, err := proverVault.abi.Pack("redeem", shares, receiver, controller)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba087652.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function redeem(uint256 shares, address receiver, address controller_) returns(uint256 assets)
func (proverVault *ProverVault) TryPackRedeem(shares *big.Int, receiver common.Address, controller common.Address) ([]byte, error) {
	return proverVault.abi.Pack("redeem", shares, receiver, controller)
}

// UnpackRedeem is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xba087652.
//
// Solidity: function redeem(uint256 shares, address receiver, address controller_) returns(uint256 assets)
func (proverVault *ProverVault) UnpackRedeem(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("redeem", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackRedemption is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4a1dc092.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function redemption(uint256 id) view returns((address,uint64,uint24,bool,uint256,uint256))
func (proverVault *ProverVault) PackRedemption(id *big.Int) []byte {
	enc, err := proverVault.abi.Pack("redemption", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRedemption is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4a1dc092.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function redemption(uint256 id) view returns((address,uint64,uint24,bool,uint256,uint256))
func (proverVault *ProverVault) TryPackRedemption(id *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("redemption", id)
}

// UnpackRedemption is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4a1dc092.
//
// Solidity: function redemption(uint256 id) view returns((address,uint64,uint24,bool,uint256,uint256))
func (proverVault *ProverVault) UnpackRedemption(data []byte) (ProverVaultRedemption, error) {
	out, err := proverVault.abi.Unpack("redemption", data)
	if err != nil {
		return *new(ProverVaultRedemption), err
	}
	out0 := *abi.ConvertType(out[0], new(ProverVaultRedemption)).(*ProverVaultRedemption)
	return out0, nil
}

// PackRelease is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x67d42a8b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function release(bytes32 id) returns()
func (proverVault *ProverVault) PackRelease(id [32]byte) []byte {
	enc, err := proverVault.abi.Pack("release", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRelease is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x67d42a8b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function release(bytes32 id) returns()
func (proverVault *ProverVault) TryPackRelease(id [32]byte) ([]byte, error) {
	return proverVault.abi.Pack("release", id)
}

// PackRequestRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7d41c86e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requestRedeem(uint256 shares, address controller_, address owner) returns(uint256 requestId)
func (proverVault *ProverVault) PackRequestRedeem(shares *big.Int, controller common.Address, owner common.Address) []byte {
	enc, err := proverVault.abi.Pack("requestRedeem", shares, controller, owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRequestRedeem is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7d41c86e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function requestRedeem(uint256 shares, address controller_, address owner) returns(uint256 requestId)
func (proverVault *ProverVault) TryPackRequestRedeem(shares *big.Int, controller common.Address, owner common.Address) ([]byte, error) {
	return proverVault.abi.Pack("requestRedeem", shares, controller, owner)
}

// UnpackRequestRedeem is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7d41c86e.
//
// Solidity: function requestRedeem(uint256 shares, address controller_, address owner) returns(uint256 requestId)
func (proverVault *ProverVault) UnpackRequestRedeem(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("requestRedeem", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackRequestRedeemJunior is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84aa181e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requestRedeemJunior(uint256 assets) returns(uint256 requestId)
func (proverVault *ProverVault) PackRequestRedeemJunior(assets *big.Int) []byte {
	enc, err := proverVault.abi.Pack("requestRedeemJunior", assets)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRequestRedeemJunior is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x84aa181e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function requestRedeemJunior(uint256 assets) returns(uint256 requestId)
func (proverVault *ProverVault) TryPackRequestRedeemJunior(assets *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("requestRedeemJunior", assets)
}

// UnpackRequestRedeemJunior is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x84aa181e.
//
// Solidity: function requestRedeemJunior(uint256 assets) returns(uint256 requestId)
func (proverVault *ProverVault) UnpackRequestRedeemJunior(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("requestRedeemJunior", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackReward is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa4fa8d57.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function reward(uint256 assets, uint256 commissionBps) returns(uint256 commission, uint256 junior_, uint256 senior)
func (proverVault *ProverVault) PackReward(assets *big.Int, commissionBps *big.Int) []byte {
	enc, err := proverVault.abi.Pack("reward", assets, commissionBps)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReward is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa4fa8d57.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function reward(uint256 assets, uint256 commissionBps) returns(uint256 commission, uint256 junior_, uint256 senior)
func (proverVault *ProverVault) TryPackReward(assets *big.Int, commissionBps *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("reward", assets, commissionBps)
}

// RewardOutput serves as a container for the return parameters of contract
// method Reward.
type RewardOutput struct {
	Commission *big.Int
	Junior     *big.Int
	Senior     *big.Int
}

// UnpackReward is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa4fa8d57.
//
// Solidity: function reward(uint256 assets, uint256 commissionBps) returns(uint256 commission, uint256 junior_, uint256 senior)
func (proverVault *ProverVault) UnpackReward(data []byte) (RewardOutput, error) {
	out, err := proverVault.abi.Unpack("reward", data)
	outstruct := new(RewardOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Commission = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Junior = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.Senior = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackSetOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x558a7297.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOperator(address operator, bool approved) returns(bool)
func (proverVault *ProverVault) PackSetOperator(operator common.Address, approved bool) []byte {
	enc, err := proverVault.abi.Pack("setOperator", operator, approved)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOperator is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x558a7297.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOperator(address operator, bool approved) returns(bool)
func (proverVault *ProverVault) TryPackSetOperator(operator common.Address, approved bool) ([]byte, error) {
	return proverVault.abi.Pack("setOperator", operator, approved)
}

// UnpackSetOperator is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x558a7297.
//
// Solidity: function setOperator(address operator, bool approved) returns(bool)
func (proverVault *ProverVault) UnpackSetOperator(data []byte) (bool, error) {
	out, err := proverVault.abi.Unpack("setOperator", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackShare is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa8d5fd65.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function share() view returns(address)
func (proverVault *ProverVault) PackShare() []byte {
	enc, err := proverVault.abi.Pack("share")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackShare is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa8d5fd65.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function share() view returns(address)
func (proverVault *ProverVault) TryPackShare() ([]byte, error) {
	return proverVault.abi.Pack("share")
}

// UnpackShare is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa8d5fd65.
//
// Solidity: function share() view returns(address)
func (proverVault *ProverVault) UnpackShare(data []byte) (common.Address, error) {
	out, err := proverVault.abi.Unpack("share", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackSlash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x53373016.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function slash(uint256 damages, uint256 punitive, uint256 reservedJunior, uint8 severity, (address,address,address) to) returns((uint256,uint256,uint256,uint256,uint256) forRequester, (uint256,uint256,uint256,uint256,uint256) forOthers)
func (proverVault *ProverVault) PackSlash(damages *big.Int, punitive *big.Int, reservedJunior *big.Int, severity uint8, to ProverVaultPayees) []byte {
	enc, err := proverVault.abi.Pack("slash", damages, punitive, reservedJunior, severity, to)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSlash is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x53373016.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function slash(uint256 damages, uint256 punitive, uint256 reservedJunior, uint8 severity, (address,address,address) to) returns((uint256,uint256,uint256,uint256,uint256) forRequester, (uint256,uint256,uint256,uint256,uint256) forOthers)
func (proverVault *ProverVault) TryPackSlash(damages *big.Int, punitive *big.Int, reservedJunior *big.Int, severity uint8, to ProverVaultPayees) ([]byte, error) {
	return proverVault.abi.Pack("slash", damages, punitive, reservedJunior, severity, to)
}

// SlashOutput serves as a container for the return parameters of contract
// method Slash.
type SlashOutput struct {
	ForRequester ProverVaultLoss
	ForOthers    ProverVaultLoss
}

// UnpackSlash is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x53373016.
//
// Solidity: function slash(uint256 damages, uint256 punitive, uint256 reservedJunior, uint8 severity, (address,address,address) to) returns((uint256,uint256,uint256,uint256,uint256) forRequester, (uint256,uint256,uint256,uint256,uint256) forOthers)
func (proverVault *ProverVault) UnpackSlash(data []byte) (SlashOutput, error) {
	out, err := proverVault.abi.Unpack("slash", data)
	outstruct := new(SlashOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.ForRequester = *abi.ConvertType(out[0], new(ProverVaultLoss)).(*ProverVaultLoss)
	outstruct.ForOthers = *abi.ConvertType(out[1], new(ProverVaultLoss)).(*ProverVaultLoss)
	return *outstruct, nil
}

// PackState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc19d93fb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function state() view returns((uint256,(uint128,uint24,uint256),uint256,uint256,uint256,uint256,(uint128,uint24,uint256),uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256) s)
func (proverVault *ProverVault) PackState() []byte {
	enc, err := proverVault.abi.Pack("state")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc19d93fb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function state() view returns((uint256,(uint128,uint24,uint256),uint256,uint256,uint256,uint256,(uint128,uint24,uint256),uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256) s)
func (proverVault *ProverVault) TryPackState() ([]byte, error) {
	return proverVault.abi.Pack("state")
}

// UnpackState is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc19d93fb.
//
// Solidity: function state() view returns((uint256,(uint128,uint24,uint256),uint256,uint256,uint256,uint256,(uint128,uint24,uint256),uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256) s)
func (proverVault *ProverVault) UnpackState(data []byte) (ProverVaultState, error) {
	out, err := proverVault.abi.Unpack("state", data)
	if err != nil {
		return *new(ProverVaultState), err
	}
	out0 := *abi.ConvertType(out[0], new(ProverVaultState)).(*ProverVaultState)
	return out0, nil
}

// PackSupportsInterface is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01ffc9a7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function supportsInterface(bytes4 id) pure returns(bool)
func (proverVault *ProverVault) PackSupportsInterface(id [4]byte) []byte {
	enc, err := proverVault.abi.Pack("supportsInterface", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSupportsInterface is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01ffc9a7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function supportsInterface(bytes4 id) pure returns(bool)
func (proverVault *ProverVault) TryPackSupportsInterface(id [4]byte) ([]byte, error) {
	return proverVault.abi.Pack("supportsInterface", id)
}

// UnpackSupportsInterface is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x01ffc9a7.
//
// Solidity: function supportsInterface(bytes4 id) pure returns(bool)
func (proverVault *ProverVault) UnpackSupportsInterface(data []byte) (bool, error) {
	out, err := proverVault.abi.Unpack("supportsInterface", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackSweep is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01681a62.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function sweep(address token) returns(uint256 amount)
func (proverVault *ProverVault) PackSweep(token common.Address) []byte {
	enc, err := proverVault.abi.Pack("sweep", token)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSweep is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01681a62.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function sweep(address token) returns(uint256 amount)
func (proverVault *ProverVault) TryPackSweep(token common.Address) ([]byte, error) {
	return proverVault.abi.Pack("sweep", token)
}

// UnpackSweep is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x01681a62.
//
// Solidity: function sweep(address token) returns(uint256 amount)
func (proverVault *ProverVault) UnpackSweep(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("sweep", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackSymbol is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x95d89b41.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function symbol() view returns(string)
func (proverVault *ProverVault) PackSymbol() []byte {
	enc, err := proverVault.abi.Pack("symbol")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSymbol is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x95d89b41.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function symbol() view returns(string)
func (proverVault *ProverVault) TryPackSymbol() ([]byte, error) {
	return proverVault.abi.Pack("symbol")
}

// UnpackSymbol is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x95d89b41.
//
// Solidity: function symbol() view returns(string)
func (proverVault *ProverVault) UnpackSymbol(data []byte) (string, error) {
	out, err := proverVault.abi.Unpack("symbol", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackTotalAssets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01e1d114.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function totalAssets() view returns(uint256)
func (proverVault *ProverVault) PackTotalAssets() []byte {
	enc, err := proverVault.abi.Pack("totalAssets")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTotalAssets is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x01e1d114.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function totalAssets() view returns(uint256)
func (proverVault *ProverVault) TryPackTotalAssets() ([]byte, error) {
	return proverVault.abi.Pack("totalAssets")
}

// UnpackTotalAssets is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x01e1d114.
//
// Solidity: function totalAssets() view returns(uint256)
func (proverVault *ProverVault) UnpackTotalAssets(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("totalAssets", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackTotalSupply is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18160ddd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function totalSupply() view returns(uint256)
func (proverVault *ProverVault) PackTotalSupply() []byte {
	enc, err := proverVault.abi.Pack("totalSupply")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTotalSupply is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18160ddd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function totalSupply() view returns(uint256)
func (proverVault *ProverVault) TryPackTotalSupply() ([]byte, error) {
	return proverVault.abi.Pack("totalSupply")
}

// UnpackTotalSupply is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x18160ddd.
//
// Solidity: function totalSupply() view returns(uint256)
func (proverVault *ProverVault) UnpackTotalSupply(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("totalSupply", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9059cbb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (proverVault *ProverVault) PackTransfer(to common.Address, value *big.Int) []byte {
	enc, err := proverVault.abi.Pack("transfer", to, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa9059cbb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (proverVault *ProverVault) TryPackTransfer(to common.Address, value *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("transfer", to, value)
}

// UnpackTransfer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa9059cbb.
//
// Solidity: function transfer(address to, uint256 value) returns(bool)
func (proverVault *ProverVault) UnpackTransfer(data []byte) (bool, error) {
	out, err := proverVault.abi.Unpack("transfer", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackTransferFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x23b872dd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferFrom(address from, address to, uint256 value) returns(bool)
func (proverVault *ProverVault) PackTransferFrom(from common.Address, to common.Address, value *big.Int) []byte {
	enc, err := proverVault.abi.Pack("transferFrom", from, to, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferFrom is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x23b872dd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferFrom(address from, address to, uint256 value) returns(bool)
func (proverVault *ProverVault) TryPackTransferFrom(from common.Address, to common.Address, value *big.Int) ([]byte, error) {
	return proverVault.abi.Pack("transferFrom", from, to, value)
}

// UnpackTransferFrom is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x23b872dd.
//
// Solidity: function transferFrom(address from, address to, uint256 value) returns(bool)
func (proverVault *ProverVault) UnpackTransferFrom(data []byte) (bool, error) {
	out, err := proverVault.abi.Unpack("transferFrom", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackUnbonding is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x331fc44a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function unbonding() view returns(uint64)
func (proverVault *ProverVault) PackUnbonding() []byte {
	enc, err := proverVault.abi.Pack("unbonding")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackUnbonding is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x331fc44a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function unbonding() view returns(uint64)
func (proverVault *ProverVault) TryPackUnbonding() ([]byte, error) {
	return proverVault.abi.Pack("unbonding")
}

// UnpackUnbonding is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x331fc44a.
//
// Solidity: function unbonding() view returns(uint64)
func (proverVault *ProverVault) UnpackUnbonding(data []byte) (uint64, error) {
	out, err := proverVault.abi.Unpack("unbonding", data)
	if err != nil {
		return *new(uint64), err
	}
	out0 := *abi.ConvertType(out[0], new(uint64)).(*uint64)
	return out0, nil
}

// PackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb460af94.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdraw(uint256 assets, address receiver, address controller_) returns(uint256 shares)
func (proverVault *ProverVault) PackWithdraw(assets *big.Int, receiver common.Address, controller common.Address) []byte {
	enc, err := proverVault.abi.Pack("withdraw", assets, receiver, controller)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdraw is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb460af94.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdraw(uint256 assets, address receiver, address controller_) returns(uint256 shares)
func (proverVault *ProverVault) TryPackWithdraw(assets *big.Int, receiver common.Address, controller common.Address) ([]byte, error) {
	return proverVault.abi.Pack("withdraw", assets, receiver, controller)
}

// UnpackWithdraw is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb460af94.
//
// Solidity: function withdraw(uint256 assets, address receiver, address controller_) returns(uint256 shares)
func (proverVault *ProverVault) UnpackWithdraw(data []byte) (*big.Int, error) {
	out, err := proverVault.abi.Unpack("withdraw", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// ProverVaultApproval represents a Approval event raised by the ProverVault contract.
type ProverVaultApproval struct {
	Owner   common.Address
	Spender common.Address
	Value   *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const ProverVaultApprovalEventName = "Approval"

// ContractEventName returns the user-defined event name.
func (ProverVaultApproval) ContractEventName() string {
	return ProverVaultApprovalEventName
}

// UnpackApprovalEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Approval(address indexed owner, address indexed spender, uint256 value)
func (proverVault *ProverVault) UnpackApprovalEvent(log *types.Log) (*ProverVaultApproval, error) {
	event := "Approval"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultApproval)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultCaseClosed represents a CaseClosed event raised by the ProverVault contract.
type ProverVaultCaseClosed struct {
	Cases *big.Int
	Raw   *types.Log // Blockchain specific contextual infos
}

const ProverVaultCaseClosedEventName = "CaseClosed"

// ContractEventName returns the user-defined event name.
func (ProverVaultCaseClosed) ContractEventName() string {
	return ProverVaultCaseClosedEventName
}

// UnpackCaseClosedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CaseClosed(uint256 cases)
func (proverVault *ProverVault) UnpackCaseClosedEvent(log *types.Log) (*ProverVaultCaseClosed, error) {
	event := "CaseClosed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultCaseClosed)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultCaseOpened represents a CaseOpened event raised by the ProverVault contract.
type ProverVaultCaseOpened struct {
	Cases *big.Int
	Raw   *types.Log // Blockchain specific contextual infos
}

const ProverVaultCaseOpenedEventName = "CaseOpened"

// ContractEventName returns the user-defined event name.
func (ProverVaultCaseOpened) ContractEventName() string {
	return ProverVaultCaseOpenedEventName
}

// UnpackCaseOpenedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CaseOpened(uint256 cases)
func (proverVault *ProverVault) UnpackCaseOpenedEvent(log *types.Log) (*ProverVaultCaseOpened, error) {
	event := "CaseOpened"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultCaseOpened)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultCollected represents a Collected event raised by the ProverVault contract.
type ProverVaultCollected struct {
	Account common.Address
	Assets  *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const ProverVaultCollectedEventName = "Collected"

// ContractEventName returns the user-defined event name.
func (ProverVaultCollected) ContractEventName() string {
	return ProverVaultCollectedEventName
}

// UnpackCollectedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Collected(address indexed account, uint256 assets)
func (proverVault *ProverVault) UnpackCollectedEvent(log *types.Log) (*ProverVaultCollected, error) {
	event := "Collected"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultCollected)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultCommissionClaimed represents a CommissionClaimed event raised by the ProverVault contract.
type ProverVaultCommissionClaimed struct {
	Receiver common.Address
	Assets   *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const ProverVaultCommissionClaimedEventName = "CommissionClaimed"

// ContractEventName returns the user-defined event name.
func (ProverVaultCommissionClaimed) ContractEventName() string {
	return ProverVaultCommissionClaimedEventName
}

// UnpackCommissionClaimedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event CommissionClaimed(address receiver, uint256 assets)
func (proverVault *ProverVault) UnpackCommissionClaimedEvent(log *types.Log) (*ProverVaultCommissionClaimed, error) {
	event := "CommissionClaimed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultCommissionClaimed)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultCredited represents a Credited event raised by the ProverVault contract.
type ProverVaultCredited struct {
	Account common.Address
	Assets  *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const ProverVaultCreditedEventName = "Credited"

// ContractEventName returns the user-defined event name.
func (ProverVaultCredited) ContractEventName() string {
	return ProverVaultCreditedEventName
}

// UnpackCreditedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Credited(address indexed account, uint256 assets)
func (proverVault *ProverVault) UnpackCreditedEvent(log *types.Log) (*ProverVaultCredited, error) {
	event := "Credited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultCredited)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultDeposit represents a Deposit event raised by the ProverVault contract.
type ProverVaultDeposit struct {
	Sender common.Address
	Owner  common.Address
	Assets *big.Int
	Shares *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const ProverVaultDepositEventName = "Deposit"

// ContractEventName returns the user-defined event name.
func (ProverVaultDeposit) ContractEventName() string {
	return ProverVaultDepositEventName
}

// UnpackDepositEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)
func (proverVault *ProverVault) UnpackDepositEvent(log *types.Log) (*ProverVaultDeposit, error) {
	event := "Deposit"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultDeposit)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultJuniorClaimed represents a JuniorClaimed event raised by the ProverVault contract.
type ProverVaultJuniorClaimed struct {
	RequestId *big.Int
	Receiver  common.Address
	Assets    *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const ProverVaultJuniorClaimedEventName = "JuniorClaimed"

// ContractEventName returns the user-defined event name.
func (ProverVaultJuniorClaimed) ContractEventName() string {
	return ProverVaultJuniorClaimedEventName
}

// UnpackJuniorClaimedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event JuniorClaimed(uint256 indexed requestId, address receiver, uint256 assets)
func (proverVault *ProverVault) UnpackJuniorClaimedEvent(log *types.Log) (*ProverVaultJuniorClaimed, error) {
	event := "JuniorClaimed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultJuniorClaimed)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultJuniorDeposited represents a JuniorDeposited event raised by the ProverVault contract.
type ProverVaultJuniorDeposited struct {
	Assets *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const ProverVaultJuniorDepositedEventName = "JuniorDeposited"

// ContractEventName returns the user-defined event name.
func (ProverVaultJuniorDeposited) ContractEventName() string {
	return ProverVaultJuniorDepositedEventName
}

// UnpackJuniorDepositedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event JuniorDeposited(uint256 assets)
func (proverVault *ProverVault) UnpackJuniorDepositedEvent(log *types.Log) (*ProverVaultJuniorDeposited, error) {
	event := "JuniorDeposited"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultJuniorDeposited)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultJuniorRedeemRequest represents a JuniorRedeemRequest event raised by the ProverVault contract.
type ProverVaultJuniorRedeemRequest struct {
	RequestId *big.Int
	Assets    *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const ProverVaultJuniorRedeemRequestEventName = "JuniorRedeemRequest"

// ContractEventName returns the user-defined event name.
func (ProverVaultJuniorRedeemRequest) ContractEventName() string {
	return ProverVaultJuniorRedeemRequestEventName
}

// UnpackJuniorRedeemRequestEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event JuniorRedeemRequest(uint256 indexed requestId, uint256 assets)
func (proverVault *ProverVault) UnpackJuniorRedeemRequestEvent(log *types.Log) (*ProverVaultJuniorRedeemRequest, error) {
	event := "JuniorRedeemRequest"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultJuniorRedeemRequest)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultLockAdded represents a LockAdded event raised by the ProverVault contract.
type ProverVaultLockAdded struct {
	Id        [32]byte
	Amount    *big.Int
	DamageCap *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const ProverVaultLockAddedEventName = "LockAdded"

// ContractEventName returns the user-defined event name.
func (ProverVaultLockAdded) ContractEventName() string {
	return ProverVaultLockAddedEventName
}

// UnpackLockAddedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event LockAdded(bytes32 indexed id, uint256 amount, uint256 damageCap)
func (proverVault *ProverVault) UnpackLockAddedEvent(log *types.Log) (*ProverVaultLockAdded, error) {
	event := "LockAdded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultLockAdded)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultLockReleased represents a LockReleased event raised by the ProverVault contract.
type ProverVaultLockReleased struct {
	Id  [32]byte
	Raw *types.Log // Blockchain specific contextual infos
}

const ProverVaultLockReleasedEventName = "LockReleased"

// ContractEventName returns the user-defined event name.
func (ProverVaultLockReleased) ContractEventName() string {
	return ProverVaultLockReleasedEventName
}

// UnpackLockReleasedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event LockReleased(bytes32 indexed id)
func (proverVault *ProverVault) UnpackLockReleasedEvent(log *types.Log) (*ProverVaultLockReleased, error) {
	event := "LockReleased"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultLockReleased)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultOperatorSet represents a OperatorSet event raised by the ProverVault contract.
type ProverVaultOperatorSet struct {
	Controller common.Address
	Operator   common.Address
	Approved   bool
	Raw        *types.Log // Blockchain specific contextual infos
}

const ProverVaultOperatorSetEventName = "OperatorSet"

// ContractEventName returns the user-defined event name.
func (ProverVaultOperatorSet) ContractEventName() string {
	return ProverVaultOperatorSetEventName
}

// UnpackOperatorSetEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OperatorSet(address indexed controller, address indexed operator, bool approved)
func (proverVault *ProverVault) UnpackOperatorSetEvent(log *types.Log) (*ProverVaultOperatorSet, error) {
	event := "OperatorSet"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultOperatorSet)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultRedeemRequest represents a RedeemRequest event raised by the ProverVault contract.
type ProverVaultRedeemRequest struct {
	Controller common.Address
	Owner      common.Address
	RequestId  *big.Int
	Sender     common.Address
	Shares     *big.Int
	Raw        *types.Log // Blockchain specific contextual infos
}

const ProverVaultRedeemRequestEventName = "RedeemRequest"

// ContractEventName returns the user-defined event name.
func (ProverVaultRedeemRequest) ContractEventName() string {
	return ProverVaultRedeemRequestEventName
}

// UnpackRedeemRequestEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RedeemRequest(address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares)
func (proverVault *ProverVault) UnpackRedeemRequestEvent(log *types.Log) (*ProverVaultRedeemRequest, error) {
	event := "RedeemRequest"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultRedeemRequest)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultRewarded represents a Rewarded event raised by the ProverVault contract.
type ProverVaultRewarded struct {
	Commission *big.Int
	Junior     *big.Int
	Senior     *big.Int
	Raw        *types.Log // Blockchain specific contextual infos
}

const ProverVaultRewardedEventName = "Rewarded"

// ContractEventName returns the user-defined event name.
func (ProverVaultRewarded) ContractEventName() string {
	return ProverVaultRewardedEventName
}

// UnpackRewardedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Rewarded(uint256 commission, uint256 junior, uint256 senior)
func (proverVault *ProverVault) UnpackRewardedEvent(log *types.Log) (*ProverVaultRewarded, error) {
	event := "Rewarded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultRewarded)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultSharesFrozen represents a SharesFrozen event raised by the ProverVault contract.
type ProverVaultSharesFrozen struct {
	Owner  common.Address
	Shares *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const ProverVaultSharesFrozenEventName = "SharesFrozen"

// ContractEventName returns the user-defined event name.
func (ProverVaultSharesFrozen) ContractEventName() string {
	return ProverVaultSharesFrozenEventName
}

// UnpackSharesFrozenEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event SharesFrozen(address indexed owner, uint256 shares)
func (proverVault *ProverVault) UnpackSharesFrozenEvent(log *types.Log) (*ProverVaultSharesFrozen, error) {
	event := "SharesFrozen"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultSharesFrozen)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultSlashed represents a Slashed event raised by the ProverVault contract.
type ProverVaultSlashed struct {
	ForRequester ProverVaultLoss
	ForOthers    ProverVaultLoss
	Severity     uint8
	Raw          *types.Log // Blockchain specific contextual infos
}

const ProverVaultSlashedEventName = "Slashed"

// ContractEventName returns the user-defined event name.
func (ProverVaultSlashed) ContractEventName() string {
	return ProverVaultSlashedEventName
}

// UnpackSlashedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Slashed((uint256,uint256,uint256,uint256,uint256) forRequester, (uint256,uint256,uint256,uint256,uint256) forOthers, uint8 severity)
func (proverVault *ProverVault) UnpackSlashedEvent(log *types.Log) (*ProverVaultSlashed, error) {
	event := "Slashed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultSlashed)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultSwept represents a Swept event raised by the ProverVault contract.
type ProverVaultSwept struct {
	Token  common.Address
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const ProverVaultSweptEventName = "Swept"

// ContractEventName returns the user-defined event name.
func (ProverVaultSwept) ContractEventName() string {
	return ProverVaultSweptEventName
}

// UnpackSweptEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Swept(address indexed token, uint256 amount)
func (proverVault *ProverVault) UnpackSweptEvent(log *types.Log) (*ProverVaultSwept, error) {
	event := "Swept"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultSwept)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultTransfer represents a Transfer event raised by the ProverVault contract.
type ProverVaultTransfer struct {
	From  common.Address
	To    common.Address
	Value *big.Int
	Raw   *types.Log // Blockchain specific contextual infos
}

const ProverVaultTransferEventName = "Transfer"

// ContractEventName returns the user-defined event name.
func (ProverVaultTransfer) ContractEventName() string {
	return ProverVaultTransferEventName
}

// UnpackTransferEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Transfer(address indexed from, address indexed to, uint256 value)
func (proverVault *ProverVault) UnpackTransferEvent(log *types.Log) (*ProverVaultTransfer, error) {
	event := "Transfer"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultTransfer)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// ProverVaultWithdraw represents a Withdraw event raised by the ProverVault contract.
type ProverVaultWithdraw struct {
	Sender   common.Address
	Receiver common.Address
	Owner    common.Address
	Assets   *big.Int
	Shares   *big.Int
	Raw      *types.Log // Blockchain specific contextual infos
}

const ProverVaultWithdrawEventName = "Withdraw"

// ContractEventName returns the user-defined event name.
func (ProverVaultWithdraw) ContractEventName() string {
	return ProverVaultWithdrawEventName
}

// UnpackWithdrawEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares)
func (proverVault *ProverVault) UnpackWithdrawEvent(log *types.Log) (*ProverVaultWithdraw, error) {
	event := "Withdraw"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != proverVault.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ProverVaultWithdraw)
	if len(log.Data) > 0 {
		if err := proverVault.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range proverVault.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (proverVault *ProverVault) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], proverVault.abi.Errors["AsynchronousRedemption"].ID.Bytes()[:4]) {
		return proverVault.UnpackAsynchronousRedemptionError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["BadSettings"].ID.Bytes()[:4]) {
		return proverVault.UnpackBadSettingsError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["CaseIsOpen"].ID.Bytes()[:4]) {
		return proverVault.UnpackCaseIsOpenError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["CommissionTooHigh"].ID.Bytes()[:4]) {
		return proverVault.UnpackCommissionTooHighError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["CommissionTooLow"].ID.Bytes()[:4]) {
		return proverVault.UnpackCommissionTooLowError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["DamageCapsExceedJunior"].ID.Bytes()[:4]) {
		return proverVault.UnpackDamageCapsExceedJuniorError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["DepositTooLarge"].ID.Bytes()[:4]) {
		return proverVault.UnpackDepositTooLargeError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["DepositTooSmall"].ID.Bytes()[:4]) {
		return proverVault.UnpackDepositTooSmallError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC20InsufficientAllowance"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC20InsufficientAllowanceError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC20InsufficientBalance"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC20InsufficientBalanceError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC20InvalidApprover"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC20InvalidApproverError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC20InvalidReceiver"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC20InvalidReceiverError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC20InvalidSender"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC20InvalidSenderError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC20InvalidSpender"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC20InvalidSpenderError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC4626ExceededMaxDeposit"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC4626ExceededMaxDepositError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC4626ExceededMaxMint"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC4626ExceededMaxMintError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC4626ExceededMaxRedeem"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC4626ExceededMaxRedeemError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ERC4626ExceededMaxWithdraw"].ID.Bytes()[:4]) {
		return proverVault.UnpackERC4626ExceededMaxWithdrawError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ExceedsClaimable"].ID.Bytes()[:4]) {
		return proverVault.UnpackExceedsClaimableError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["FrozenShares"].ID.Bytes()[:4]) {
		return proverVault.UnpackFrozenSharesError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["InexactTransfer"].ID.Bytes()[:4]) {
		return proverVault.UnpackInexactTransferError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["LockExists"].ID.Bytes()[:4]) {
		return proverVault.UnpackLockExistsError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NoCase"].ID.Bytes()[:4]) {
		return proverVault.UnpackNoCaseError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NoJunior"].ID.Bytes()[:4]) {
		return proverVault.UnpackNoJuniorError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NoLock"].ID.Bytes()[:4]) {
		return proverVault.UnpackNoLockError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NoRedemption"].ID.Bytes()[:4]) {
		return proverVault.UnpackNoRedemptionError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NotAuthorised"].ID.Bytes()[:4]) {
		return proverVault.UnpackNotAuthorisedError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NotEnoughShares"].ID.Bytes()[:4]) {
		return proverVault.UnpackNotEnoughSharesError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NotTheMarket"].ID.Bytes()[:4]) {
		return proverVault.UnpackNotTheMarketError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["NotTheProver"].ID.Bytes()[:4]) {
		return proverVault.UnpackNotTheProverError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["RedemptionPending"].ID.Bytes()[:4]) {
		return proverVault.UnpackRedemptionPendingError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["RedemptionTooSmall"].ID.Bytes()[:4]) {
		return proverVault.UnpackRedemptionTooSmallError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["ReentrancyGuardReentrantCall"].ID.Bytes()[:4]) {
		return proverVault.UnpackReentrancyGuardReentrantCallError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["SafeCastOverflowedUintDowncast"].ID.Bytes()[:4]) {
		return proverVault.UnpackSafeCastOverflowedUintDowncastError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["SafeERC20FailedOperation"].ID.Bytes()[:4]) {
		return proverVault.UnpackSafeERC20FailedOperationError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["SeverityOutOfRange"].ID.Bytes()[:4]) {
		return proverVault.UnpackSeverityOutOfRangeError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["SlippageExceeded"].ID.Bytes()[:4]) {
		return proverVault.UnpackSlippageExceededError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["StakeLocked"].ID.Bytes()[:4]) {
		return proverVault.UnpackStakeLockedError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["TooManyRedemptions"].ID.Bytes()[:4]) {
		return proverVault.UnpackTooManyRedemptionsError(raw[4:])
	}
	if bytes.Equal(raw[:4], proverVault.abi.Errors["VaultClosed"].ID.Bytes()[:4]) {
		return proverVault.UnpackVaultClosedError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ProverVaultAsynchronousRedemption represents a AsynchronousRedemption error raised by the ProverVault contract.
type ProverVaultAsynchronousRedemption struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AsynchronousRedemption()
func ProverVaultAsynchronousRedemptionErrorID() common.Hash {
	return common.HexToHash("0xe6851809db6746cb417b13fff2590bb5f23bad6779de7b686475bab280ae2e53")
}

// UnpackAsynchronousRedemptionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AsynchronousRedemption()
func (proverVault *ProverVault) UnpackAsynchronousRedemptionError(raw []byte) (*ProverVaultAsynchronousRedemption, error) {
	out := new(ProverVaultAsynchronousRedemption)
	if err := proverVault.abi.UnpackIntoInterface(out, "AsynchronousRedemption", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultBadSettings represents a BadSettings error raised by the ProverVault contract.
type ProverVaultBadSettings struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadSettings()
func ProverVaultBadSettingsErrorID() common.Hash {
	return common.HexToHash("0xc88e402c6f0f71d1e450b214f4c946f999deda2623e52780f595c55e7abc213d")
}

// UnpackBadSettingsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadSettings()
func (proverVault *ProverVault) UnpackBadSettingsError(raw []byte) (*ProverVaultBadSettings, error) {
	out := new(ProverVaultBadSettings)
	if err := proverVault.abi.UnpackIntoInterface(out, "BadSettings", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultCaseIsOpen represents a CaseIsOpen error raised by the ProverVault contract.
type ProverVaultCaseIsOpen struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CaseIsOpen()
func ProverVaultCaseIsOpenErrorID() common.Hash {
	return common.HexToHash("0x5c9102f5418586159069b0f931c62c934f10b166f59762a1d67c68b0763511f8")
}

// UnpackCaseIsOpenError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CaseIsOpen()
func (proverVault *ProverVault) UnpackCaseIsOpenError(raw []byte) (*ProverVaultCaseIsOpen, error) {
	out := new(ProverVaultCaseIsOpen)
	if err := proverVault.abi.UnpackIntoInterface(out, "CaseIsOpen", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultCommissionTooHigh represents a CommissionTooHigh error raised by the ProverVault contract.
type ProverVaultCommissionTooHigh struct {
	Bps *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CommissionTooHigh(uint256 bps)
func ProverVaultCommissionTooHighErrorID() common.Hash {
	return common.HexToHash("0x5511758ae63764a3443660013017734e522eb68e7ef30fe141bef7c2524441dd")
}

// UnpackCommissionTooHighError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CommissionTooHigh(uint256 bps)
func (proverVault *ProverVault) UnpackCommissionTooHighError(raw []byte) (*ProverVaultCommissionTooHigh, error) {
	out := new(ProverVaultCommissionTooHigh)
	if err := proverVault.abi.UnpackIntoInterface(out, "CommissionTooHigh", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultCommissionTooLow represents a CommissionTooLow error raised by the ProverVault contract.
type ProverVaultCommissionTooLow struct {
	Due   *big.Int
	Asked *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error CommissionTooLow(uint256 due, uint256 asked)
func ProverVaultCommissionTooLowErrorID() common.Hash {
	return common.HexToHash("0x89f523d62c3565ad411884030542d3e84bf170c8bcb49c118a185362b8a57d2a")
}

// UnpackCommissionTooLowError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error CommissionTooLow(uint256 due, uint256 asked)
func (proverVault *ProverVault) UnpackCommissionTooLowError(raw []byte) (*ProverVaultCommissionTooLow, error) {
	out := new(ProverVaultCommissionTooLow)
	if err := proverVault.abi.UnpackIntoInterface(out, "CommissionTooLow", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultDamageCapsExceedJunior represents a DamageCapsExceedJunior error raised by the ProverVault contract.
type ProverVaultDamageCapsExceedJunior struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DamageCapsExceedJunior()
func ProverVaultDamageCapsExceedJuniorErrorID() common.Hash {
	return common.HexToHash("0xf1c17b1b0b17f3d436714bb12a50951a6aaf006f8a51253b1579be270058a020")
}

// UnpackDamageCapsExceedJuniorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DamageCapsExceedJunior()
func (proverVault *ProverVault) UnpackDamageCapsExceedJuniorError(raw []byte) (*ProverVaultDamageCapsExceedJunior, error) {
	out := new(ProverVaultDamageCapsExceedJunior)
	if err := proverVault.abi.UnpackIntoInterface(out, "DamageCapsExceedJunior", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultDepositTooLarge represents a DepositTooLarge error raised by the ProverVault contract.
type ProverVaultDepositTooLarge struct {
	Asked *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DepositTooLarge(uint256 asked)
func ProverVaultDepositTooLargeErrorID() common.Hash {
	return common.HexToHash("0xff7406790be0f5c0422c79b75db0ae91b8a505e71e04c6e1bd5b40b246d5bc97")
}

// UnpackDepositTooLargeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DepositTooLarge(uint256 asked)
func (proverVault *ProverVault) UnpackDepositTooLargeError(raw []byte) (*ProverVaultDepositTooLarge, error) {
	out := new(ProverVaultDepositTooLarge)
	if err := proverVault.abi.UnpackIntoInterface(out, "DepositTooLarge", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultDepositTooSmall represents a DepositTooSmall error raised by the ProverVault contract.
type ProverVaultDepositTooSmall struct {
	Assets *big.Int
	Least  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error DepositTooSmall(uint256 assets, uint256 least)
func ProverVaultDepositTooSmallErrorID() common.Hash {
	return common.HexToHash("0x4a77f2fa62296c5cc216025004b03ed11b511d575baed7939c8b78bbe939738d")
}

// UnpackDepositTooSmallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error DepositTooSmall(uint256 assets, uint256 least)
func (proverVault *ProverVault) UnpackDepositTooSmallError(raw []byte) (*ProverVaultDepositTooSmall, error) {
	out := new(ProverVaultDepositTooSmall)
	if err := proverVault.abi.UnpackIntoInterface(out, "DepositTooSmall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC20InsufficientAllowance represents a ERC20InsufficientAllowance error raised by the ProverVault contract.
type ProverVaultERC20InsufficientAllowance struct {
	Spender   common.Address
	Allowance *big.Int
	Needed    *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)
func ProverVaultERC20InsufficientAllowanceErrorID() common.Hash {
	return common.HexToHash("0xfb8f41b23e99d2101d86da76cdfa87dd51c82ed07d3cb62cbc473e469dbc75c3")
}

// UnpackERC20InsufficientAllowanceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)
func (proverVault *ProverVault) UnpackERC20InsufficientAllowanceError(raw []byte) (*ProverVaultERC20InsufficientAllowance, error) {
	out := new(ProverVaultERC20InsufficientAllowance)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC20InsufficientAllowance", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC20InsufficientBalance represents a ERC20InsufficientBalance error raised by the ProverVault contract.
type ProverVaultERC20InsufficientBalance struct {
	Sender  common.Address
	Balance *big.Int
	Needed  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)
func ProverVaultERC20InsufficientBalanceErrorID() common.Hash {
	return common.HexToHash("0xe450d38cd8d9f7d95077d567d60ed49c7254716e6ad08fc9872816c97e0ffec6")
}

// UnpackERC20InsufficientBalanceError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)
func (proverVault *ProverVault) UnpackERC20InsufficientBalanceError(raw []byte) (*ProverVaultERC20InsufficientBalance, error) {
	out := new(ProverVaultERC20InsufficientBalance)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC20InsufficientBalance", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC20InvalidApprover represents a ERC20InvalidApprover error raised by the ProverVault contract.
type ProverVaultERC20InvalidApprover struct {
	Approver common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidApprover(address approver)
func ProverVaultERC20InvalidApproverErrorID() common.Hash {
	return common.HexToHash("0xe602df05cc75712490294c6c104ab7c17f4030363910a7a2626411c6d3118847")
}

// UnpackERC20InvalidApproverError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidApprover(address approver)
func (proverVault *ProverVault) UnpackERC20InvalidApproverError(raw []byte) (*ProverVaultERC20InvalidApprover, error) {
	out := new(ProverVaultERC20InvalidApprover)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC20InvalidApprover", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC20InvalidReceiver represents a ERC20InvalidReceiver error raised by the ProverVault contract.
type ProverVaultERC20InvalidReceiver struct {
	Receiver common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidReceiver(address receiver)
func ProverVaultERC20InvalidReceiverErrorID() common.Hash {
	return common.HexToHash("0xec442f055133b72f3b2f9f0bb351c406b178527de2040a7d1feb4e058771f613")
}

// UnpackERC20InvalidReceiverError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidReceiver(address receiver)
func (proverVault *ProverVault) UnpackERC20InvalidReceiverError(raw []byte) (*ProverVaultERC20InvalidReceiver, error) {
	out := new(ProverVaultERC20InvalidReceiver)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC20InvalidReceiver", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC20InvalidSender represents a ERC20InvalidSender error raised by the ProverVault contract.
type ProverVaultERC20InvalidSender struct {
	Sender common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidSender(address sender)
func ProverVaultERC20InvalidSenderErrorID() common.Hash {
	return common.HexToHash("0x96c6fd1edd0cd6ef7ff0ecc0facdf53148dc0048b57fe58af65755250a7a96bd")
}

// UnpackERC20InvalidSenderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidSender(address sender)
func (proverVault *ProverVault) UnpackERC20InvalidSenderError(raw []byte) (*ProverVaultERC20InvalidSender, error) {
	out := new(ProverVaultERC20InvalidSender)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC20InvalidSender", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC20InvalidSpender represents a ERC20InvalidSpender error raised by the ProverVault contract.
type ProverVaultERC20InvalidSpender struct {
	Spender common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC20InvalidSpender(address spender)
func ProverVaultERC20InvalidSpenderErrorID() common.Hash {
	return common.HexToHash("0x94280d62c347d8d9f4d59a76ea321452406db88df38e0c9da304f58b57b373a2")
}

// UnpackERC20InvalidSpenderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC20InvalidSpender(address spender)
func (proverVault *ProverVault) UnpackERC20InvalidSpenderError(raw []byte) (*ProverVaultERC20InvalidSpender, error) {
	out := new(ProverVaultERC20InvalidSpender)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC20InvalidSpender", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC4626ExceededMaxDeposit represents a ERC4626ExceededMaxDeposit error raised by the ProverVault contract.
type ProverVaultERC4626ExceededMaxDeposit struct {
	Receiver common.Address
	Assets   *big.Int
	Max      *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC4626ExceededMaxDeposit(address receiver, uint256 assets, uint256 max)
func ProverVaultERC4626ExceededMaxDepositErrorID() common.Hash {
	return common.HexToHash("0x79012fb2819fcdc1de669c08773dbcd6bdc757862642f75fb1c584dadf259dfe")
}

// UnpackERC4626ExceededMaxDepositError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC4626ExceededMaxDeposit(address receiver, uint256 assets, uint256 max)
func (proverVault *ProverVault) UnpackERC4626ExceededMaxDepositError(raw []byte) (*ProverVaultERC4626ExceededMaxDeposit, error) {
	out := new(ProverVaultERC4626ExceededMaxDeposit)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC4626ExceededMaxDeposit", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC4626ExceededMaxMint represents a ERC4626ExceededMaxMint error raised by the ProverVault contract.
type ProverVaultERC4626ExceededMaxMint struct {
	Receiver common.Address
	Shares   *big.Int
	Max      *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC4626ExceededMaxMint(address receiver, uint256 shares, uint256 max)
func ProverVaultERC4626ExceededMaxMintErrorID() common.Hash {
	return common.HexToHash("0x284ff667dc615a39438518c22e8955b9470327d9de8a4d7e21c926b260d65176")
}

// UnpackERC4626ExceededMaxMintError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC4626ExceededMaxMint(address receiver, uint256 shares, uint256 max)
func (proverVault *ProverVault) UnpackERC4626ExceededMaxMintError(raw []byte) (*ProverVaultERC4626ExceededMaxMint, error) {
	out := new(ProverVaultERC4626ExceededMaxMint)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC4626ExceededMaxMint", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC4626ExceededMaxRedeem represents a ERC4626ExceededMaxRedeem error raised by the ProverVault contract.
type ProverVaultERC4626ExceededMaxRedeem struct {
	Owner  common.Address
	Shares *big.Int
	Max    *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC4626ExceededMaxRedeem(address owner, uint256 shares, uint256 max)
func ProverVaultERC4626ExceededMaxRedeemErrorID() common.Hash {
	return common.HexToHash("0xb94abeec0557d36b5f0bc8f115deec7b184dcbff94ac66d55e37c8f301e75269")
}

// UnpackERC4626ExceededMaxRedeemError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC4626ExceededMaxRedeem(address owner, uint256 shares, uint256 max)
func (proverVault *ProverVault) UnpackERC4626ExceededMaxRedeemError(raw []byte) (*ProverVaultERC4626ExceededMaxRedeem, error) {
	out := new(ProverVaultERC4626ExceededMaxRedeem)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC4626ExceededMaxRedeem", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultERC4626ExceededMaxWithdraw represents a ERC4626ExceededMaxWithdraw error raised by the ProverVault contract.
type ProverVaultERC4626ExceededMaxWithdraw struct {
	Owner  common.Address
	Assets *big.Int
	Max    *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ERC4626ExceededMaxWithdraw(address owner, uint256 assets, uint256 max)
func ProverVaultERC4626ExceededMaxWithdrawErrorID() common.Hash {
	return common.HexToHash("0xfe9cceec2bd1f9b68641914cc354eacaeb1cc2169f5ba0639930f241e87142f0")
}

// UnpackERC4626ExceededMaxWithdrawError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ERC4626ExceededMaxWithdraw(address owner, uint256 assets, uint256 max)
func (proverVault *ProverVault) UnpackERC4626ExceededMaxWithdrawError(raw []byte) (*ProverVaultERC4626ExceededMaxWithdraw, error) {
	out := new(ProverVaultERC4626ExceededMaxWithdraw)
	if err := proverVault.abi.UnpackIntoInterface(out, "ERC4626ExceededMaxWithdraw", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultExceedsClaimable represents a ExceedsClaimable error raised by the ProverVault contract.
type ProverVaultExceedsClaimable struct {
	Asked *big.Int
	Short *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ExceedsClaimable(uint256 asked, uint256 short)
func ProverVaultExceedsClaimableErrorID() common.Hash {
	return common.HexToHash("0x0dc2dca4e129ebf5908da3d13f88bfc62d50201e0477a5fcfc57e82f4667cce7")
}

// UnpackExceedsClaimableError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ExceedsClaimable(uint256 asked, uint256 short)
func (proverVault *ProverVault) UnpackExceedsClaimableError(raw []byte) (*ProverVaultExceedsClaimable, error) {
	out := new(ProverVaultExceedsClaimable)
	if err := proverVault.abi.UnpackIntoInterface(out, "ExceedsClaimable", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultFrozenShares represents a FrozenShares error raised by the ProverVault contract.
type ProverVaultFrozenShares struct {
	Movable *big.Int
	Asked   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error FrozenShares(uint256 movable, uint256 asked)
func ProverVaultFrozenSharesErrorID() common.Hash {
	return common.HexToHash("0x40192c1648b939b85e6073730596df084efc7c5d36aea794cb3ee5c79263188c")
}

// UnpackFrozenSharesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error FrozenShares(uint256 movable, uint256 asked)
func (proverVault *ProverVault) UnpackFrozenSharesError(raw []byte) (*ProverVaultFrozenShares, error) {
	out := new(ProverVaultFrozenShares)
	if err := proverVault.abi.UnpackIntoInterface(out, "FrozenShares", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultInexactTransfer represents a InexactTransfer error raised by the ProverVault contract.
type ProverVaultInexactTransfer struct {
	Asked    *big.Int
	Received *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error InexactTransfer(uint256 asked, uint256 received)
func ProverVaultInexactTransferErrorID() common.Hash {
	return common.HexToHash("0x9366facfd0eab5c275551d2aacfe42d873d5c14d816655672626dcc3776c8c59")
}

// UnpackInexactTransferError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error InexactTransfer(uint256 asked, uint256 received)
func (proverVault *ProverVault) UnpackInexactTransferError(raw []byte) (*ProverVaultInexactTransfer, error) {
	out := new(ProverVaultInexactTransfer)
	if err := proverVault.abi.UnpackIntoInterface(out, "InexactTransfer", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultLockExists represents a LockExists error raised by the ProverVault contract.
type ProverVaultLockExists struct {
	Id [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error LockExists(bytes32 id)
func ProverVaultLockExistsErrorID() common.Hash {
	return common.HexToHash("0xe1e616f86316812aa756b6f1528c40498374c2b304af2dc22c0938c6c81d5497")
}

// UnpackLockExistsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error LockExists(bytes32 id)
func (proverVault *ProverVault) UnpackLockExistsError(raw []byte) (*ProverVaultLockExists, error) {
	out := new(ProverVaultLockExists)
	if err := proverVault.abi.UnpackIntoInterface(out, "LockExists", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNoCase represents a NoCase error raised by the ProverVault contract.
type ProverVaultNoCase struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoCase()
func ProverVaultNoCaseErrorID() common.Hash {
	return common.HexToHash("0x598ebc66554975d5a7eb569ff20798c7b75c9fbb3ba656bfe4a70f8c2806f73b")
}

// UnpackNoCaseError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoCase()
func (proverVault *ProverVault) UnpackNoCaseError(raw []byte) (*ProverVaultNoCase, error) {
	out := new(ProverVaultNoCase)
	if err := proverVault.abi.UnpackIntoInterface(out, "NoCase", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNoJunior represents a NoJunior error raised by the ProverVault contract.
type ProverVaultNoJunior struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoJunior()
func ProverVaultNoJuniorErrorID() common.Hash {
	return common.HexToHash("0x97055a769e942d9932f869b7466b7928b0da683a24c625ad9d8f4567624751e1")
}

// UnpackNoJuniorError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoJunior()
func (proverVault *ProverVault) UnpackNoJuniorError(raw []byte) (*ProverVaultNoJunior, error) {
	out := new(ProverVaultNoJunior)
	if err := proverVault.abi.UnpackIntoInterface(out, "NoJunior", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNoLock represents a NoLock error raised by the ProverVault contract.
type ProverVaultNoLock struct {
	Id [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoLock(bytes32 id)
func ProverVaultNoLockErrorID() common.Hash {
	return common.HexToHash("0x051f8597f1efeff049fa63dd229a88fad181726b3b5764ffc6b4ab21ea43c321")
}

// UnpackNoLockError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoLock(bytes32 id)
func (proverVault *ProverVault) UnpackNoLockError(raw []byte) (*ProverVaultNoLock, error) {
	out := new(ProverVaultNoLock)
	if err := proverVault.abi.UnpackIntoInterface(out, "NoLock", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNoRedemption represents a NoRedemption error raised by the ProverVault contract.
type ProverVaultNoRedemption struct {
	Id *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoRedemption(uint256 id)
func ProverVaultNoRedemptionErrorID() common.Hash {
	return common.HexToHash("0x70069e440b500f7a8738c163483d5c7766ad25b1f5e7555bf91021e83f0d472e")
}

// UnpackNoRedemptionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoRedemption(uint256 id)
func (proverVault *ProverVault) UnpackNoRedemptionError(raw []byte) (*ProverVaultNoRedemption, error) {
	out := new(ProverVaultNoRedemption)
	if err := proverVault.abi.UnpackIntoInterface(out, "NoRedemption", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNotAuthorised represents a NotAuthorised error raised by the ProverVault contract.
type ProverVaultNotAuthorised struct {
	Caller  common.Address
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotAuthorised(address caller, address account)
func ProverVaultNotAuthorisedErrorID() common.Hash {
	return common.HexToHash("0xefd2afbe9eac3933af7a300728558eca0396e742f95243e16d662e8eda294453")
}

// UnpackNotAuthorisedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotAuthorised(address caller, address account)
func (proverVault *ProverVault) UnpackNotAuthorisedError(raw []byte) (*ProverVaultNotAuthorised, error) {
	out := new(ProverVaultNotAuthorised)
	if err := proverVault.abi.UnpackIntoInterface(out, "NotAuthorised", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNotEnoughShares represents a NotEnoughShares error raised by the ProverVault contract.
type ProverVaultNotEnoughShares struct {
	Held  *big.Int
	Asked *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotEnoughShares(uint256 held, uint256 asked)
func ProverVaultNotEnoughSharesErrorID() common.Hash {
	return common.HexToHash("0x808722dc6bb19b9bc1748e6941d449df3fc9b2843a2171f037cbeca589d51871")
}

// UnpackNotEnoughSharesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotEnoughShares(uint256 held, uint256 asked)
func (proverVault *ProverVault) UnpackNotEnoughSharesError(raw []byte) (*ProverVaultNotEnoughShares, error) {
	out := new(ProverVaultNotEnoughShares)
	if err := proverVault.abi.UnpackIntoInterface(out, "NotEnoughShares", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNotTheMarket represents a NotTheMarket error raised by the ProverVault contract.
type ProverVaultNotTheMarket struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotTheMarket(address caller)
func ProverVaultNotTheMarketErrorID() common.Hash {
	return common.HexToHash("0xdcec26d589f106f162693edc0abc66dd7de12f8076df7daf34574a23202f1c4d")
}

// UnpackNotTheMarketError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotTheMarket(address caller)
func (proverVault *ProverVault) UnpackNotTheMarketError(raw []byte) (*ProverVaultNotTheMarket, error) {
	out := new(ProverVaultNotTheMarket)
	if err := proverVault.abi.UnpackIntoInterface(out, "NotTheMarket", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultNotTheProver represents a NotTheProver error raised by the ProverVault contract.
type ProverVaultNotTheProver struct {
	Caller common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotTheProver(address caller)
func ProverVaultNotTheProverErrorID() common.Hash {
	return common.HexToHash("0x3f94f9b7cd2bb5bb0b2bc61121a703a65a0893d4b666ba38e7f3f9520ef02ad5")
}

// UnpackNotTheProverError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotTheProver(address caller)
func (proverVault *ProverVault) UnpackNotTheProverError(raw []byte) (*ProverVaultNotTheProver, error) {
	out := new(ProverVaultNotTheProver)
	if err := proverVault.abi.UnpackIntoInterface(out, "NotTheProver", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultRedemptionPending represents a RedemptionPending error raised by the ProverVault contract.
type ProverVaultRedemptionPending struct {
	Id      *big.Int
	Matures *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RedemptionPending(uint256 id, uint256 matures)
func ProverVaultRedemptionPendingErrorID() common.Hash {
	return common.HexToHash("0xc1fbc13c3ab6dfcdf0a80157d864ba79efe1b6002eef04cf16349596311c49db")
}

// UnpackRedemptionPendingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RedemptionPending(uint256 id, uint256 matures)
func (proverVault *ProverVault) UnpackRedemptionPendingError(raw []byte) (*ProverVaultRedemptionPending, error) {
	out := new(ProverVaultRedemptionPending)
	if err := proverVault.abi.UnpackIntoInterface(out, "RedemptionPending", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultRedemptionTooSmall represents a RedemptionTooSmall error raised by the ProverVault contract.
type ProverVaultRedemptionTooSmall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RedemptionTooSmall()
func ProverVaultRedemptionTooSmallErrorID() common.Hash {
	return common.HexToHash("0xb2b7a73ec91348d0cbbf29624560a75e7b9ebbae3e4fa0811cb1819228355a6d")
}

// UnpackRedemptionTooSmallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RedemptionTooSmall()
func (proverVault *ProverVault) UnpackRedemptionTooSmallError(raw []byte) (*ProverVaultRedemptionTooSmall, error) {
	out := new(ProverVaultRedemptionTooSmall)
	if err := proverVault.abi.UnpackIntoInterface(out, "RedemptionTooSmall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultReentrancyGuardReentrantCall represents a ReentrancyGuardReentrantCall error raised by the ProverVault contract.
type ProverVaultReentrancyGuardReentrantCall struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ReentrancyGuardReentrantCall()
func ProverVaultReentrancyGuardReentrantCallErrorID() common.Hash {
	return common.HexToHash("0x3ee5aeb571de7fc460830b4d0017439a1ca56fb0bc39062227ade4fe4a24c1ca")
}

// UnpackReentrancyGuardReentrantCallError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ReentrancyGuardReentrantCall()
func (proverVault *ProverVault) UnpackReentrancyGuardReentrantCallError(raw []byte) (*ProverVaultReentrancyGuardReentrantCall, error) {
	out := new(ProverVaultReentrancyGuardReentrantCall)
	if err := proverVault.abi.UnpackIntoInterface(out, "ReentrancyGuardReentrantCall", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultSafeCastOverflowedUintDowncast represents a SafeCastOverflowedUintDowncast error raised by the ProverVault contract.
type ProverVaultSafeCastOverflowedUintDowncast struct {
	Bits  uint8
	Value *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func ProverVaultSafeCastOverflowedUintDowncastErrorID() common.Hash {
	return common.HexToHash("0x6dfcc6503a32754ce7a89698e18201fc5294fd4aad43edefee786f88423b1a12")
}

// UnpackSafeCastOverflowedUintDowncastError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
func (proverVault *ProverVault) UnpackSafeCastOverflowedUintDowncastError(raw []byte) (*ProverVaultSafeCastOverflowedUintDowncast, error) {
	out := new(ProverVaultSafeCastOverflowedUintDowncast)
	if err := proverVault.abi.UnpackIntoInterface(out, "SafeCastOverflowedUintDowncast", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultSafeERC20FailedOperation represents a SafeERC20FailedOperation error raised by the ProverVault contract.
type ProverVaultSafeERC20FailedOperation struct {
	Token common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SafeERC20FailedOperation(address token)
func ProverVaultSafeERC20FailedOperationErrorID() common.Hash {
	return common.HexToHash("0x5274afe73c98b4749fc91ffae6b7b574e7842cb2144a159e9377a5f20b32edf9")
}

// UnpackSafeERC20FailedOperationError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SafeERC20FailedOperation(address token)
func (proverVault *ProverVault) UnpackSafeERC20FailedOperationError(raw []byte) (*ProverVaultSafeERC20FailedOperation, error) {
	out := new(ProverVaultSafeERC20FailedOperation)
	if err := proverVault.abi.UnpackIntoInterface(out, "SafeERC20FailedOperation", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultSeverityOutOfRange represents a SeverityOutOfRange error raised by the ProverVault contract.
type ProverVaultSeverityOutOfRange struct {
	Severity uint8
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SeverityOutOfRange(uint8 severity)
func ProverVaultSeverityOutOfRangeErrorID() common.Hash {
	return common.HexToHash("0x25811de38fee68290fbf4b830c3555a3b17c16a2ca9e434e22e9cee8b69d7d17")
}

// UnpackSeverityOutOfRangeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SeverityOutOfRange(uint8 severity)
func (proverVault *ProverVault) UnpackSeverityOutOfRangeError(raw []byte) (*ProverVaultSeverityOutOfRange, error) {
	out := new(ProverVaultSeverityOutOfRange)
	if err := proverVault.abi.UnpackIntoInterface(out, "SeverityOutOfRange", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultSlippageExceeded represents a SlippageExceeded error raised by the ProverVault contract.
type ProverVaultSlippageExceeded struct {
	Got   *big.Int
	Bound *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SlippageExceeded(uint256 got, uint256 bound)
func ProverVaultSlippageExceededErrorID() common.Hash {
	return common.HexToHash("0x71c4efeda0c103f56fd5ac9b173756384c66cbbbc480b0ad4255bc219a9b6a66")
}

// UnpackSlippageExceededError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SlippageExceeded(uint256 got, uint256 bound)
func (proverVault *ProverVault) UnpackSlippageExceededError(raw []byte) (*ProverVaultSlippageExceeded, error) {
	out := new(ProverVaultSlippageExceeded)
	if err := proverVault.abi.UnpackIntoInterface(out, "SlippageExceeded", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultStakeLocked represents a StakeLocked error raised by the ProverVault contract.
type ProverVaultStakeLocked struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error StakeLocked()
func ProverVaultStakeLockedErrorID() common.Hash {
	return common.HexToHash("0x14d10a02cb437baf942c0118e1e36d472188f040d8622bde2e91b000d71d36ef")
}

// UnpackStakeLockedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error StakeLocked()
func (proverVault *ProverVault) UnpackStakeLockedError(raw []byte) (*ProverVaultStakeLocked, error) {
	out := new(ProverVaultStakeLocked)
	if err := proverVault.abi.UnpackIntoInterface(out, "StakeLocked", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultTooManyRedemptions represents a TooManyRedemptions error raised by the ProverVault contract.
type ProverVaultTooManyRedemptions struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooManyRedemptions()
func ProverVaultTooManyRedemptionsErrorID() common.Hash {
	return common.HexToHash("0x2f48a916facf663fe6832e3ab3b7d8181b404577240900943eaf4022c957795b")
}

// UnpackTooManyRedemptionsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooManyRedemptions()
func (proverVault *ProverVault) UnpackTooManyRedemptionsError(raw []byte) (*ProverVaultTooManyRedemptions, error) {
	out := new(ProverVaultTooManyRedemptions)
	if err := proverVault.abi.UnpackIntoInterface(out, "TooManyRedemptions", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ProverVaultVaultClosed represents a VaultClosed error raised by the ProverVault contract.
type ProverVaultVaultClosed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error VaultClosed()
func ProverVaultVaultClosedErrorID() common.Hash {
	return common.HexToHash("0xdf23397ab444d891935a0b305b1552fb235d2bd07043ffc42c6ed3f43a4d8352")
}

// UnpackVaultClosedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error VaultClosed()
func (proverVault *ProverVault) UnpackVaultClosedError(raw []byte) (*ProverVaultVaultClosed, error) {
	out := new(ProverVaultVaultClosed)
	if err := proverVault.abi.UnpackIntoInterface(out, "VaultClosed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

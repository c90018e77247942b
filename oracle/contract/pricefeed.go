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

// PriceFeedReport is an auto generated low-level Go binding around an user-defined struct.
type PriceFeedReport struct {
	Scope     *big.Int
	Round     *big.Int
	Committee *big.Int
	Median    *big.Int
	Oldest    *big.Int
	Newest    *big.Int
	Present   *big.Int
	Quorum    *big.Int
	Outlier   *big.Int
	Flags     *big.Int
	Request   *big.Int
	Prover    *big.Int
}

// PriceFeedSettings is an auto generated low-level Go binding around an user-defined struct.
type PriceFeedSettings struct {
	Verifier    common.Address
	Scope       *big.Int
	Least       *big.Int
	Most        *big.Int
	WindowMs    *big.Int
	Notice      *big.Int
	Decimals    uint8
	Description string
}

// PriceFeedTerms is an auto generated low-level Go binding around an user-defined struct.
type PriceFeedTerms struct {
	Committee *big.Int
	Quorum    uint8
	Outlier   uint16
}

// PriceFeedMetaData contains all meta data concerning the PriceFeed contract.
var PriceFeedMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"components\":[{\"internalType\":\"contractIVerifier\",\"name\":\"verifier\",\"type\":\"address\"},{\"internalType\":\"uint256\",\"name\":\"scope\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"least\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"most\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"windowMs\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"notice\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"decimals\",\"type\":\"uint8\"},{\"internalType\":\"string\",\"name\":\"description\",\"type\":\"string\"}],\"internalType\":\"structPriceFeed.Settings\",\"name\":\"settings\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"}],\"internalType\":\"structPriceFeed.Terms\",\"name\":\"terms_\",\"type\":\"tuple\"},{\"internalType\":\"address\",\"name\":\"owner_\",\"type\":\"address\"}],\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"inputs\":[],\"name\":\"BadSettings\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"BadTerms\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"newestMs\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"blockMs\",\"type\":\"uint256\"}],\"name\":\"FromTheFuture\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"median\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"least\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"most\",\"type\":\"uint256\"}],\"name\":\"MedianOutOfBounds\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"round\",\"type\":\"uint256\"}],\"name\":\"NoRound\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NothingAnnounced\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"due\",\"type\":\"uint256\"}],\"name\":\"NoticeNotOver\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"oldestMs\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"latestMs\",\"type\":\"uint256\"}],\"name\":\"ObservationsNotNewer\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"oldestMs\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"newestMs\",\"type\":\"uint256\"}],\"name\":\"ObservationsOutOfOrder\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"OwnableInvalidOwner\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"account\",\"type\":\"address\"}],\"name\":\"OwnableUnauthorizedAccount\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ProofInvalid\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"length\",\"type\":\"uint256\"}],\"name\":\"ProofLength\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"PublicInputNotInField\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"round\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"latest\",\"type\":\"uint256\"}],\"name\":\"RoundNotNewer\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"round\",\"type\":\"uint256\"}],\"name\":\"RoundTooLarge\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"oldestMs\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"blockMs\",\"type\":\"uint256\"}],\"name\":\"Stale\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"present\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"quorum\",\"type\":\"uint256\"}],\"name\":\"TooFewPresent\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"WrongCommittee\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"WrongOutlier\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"WrongQuorum\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"WrongScope\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"indexed\":false,\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"}],\"name\":\"AnnouncementWithdrawn\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"previousOwner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"OwnershipTransferStarted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"previousOwner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"OwnershipTransferred\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"median\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"oldestMs\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"newestMs\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"present\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"flags\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"address\",\"name\":\"by\",\"type\":\"address\"}],\"name\":\"RoundPublished\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"indexed\":false,\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"due\",\"type\":\"uint256\"}],\"name\":\"TermsAnnounced\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"indexed\":false,\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"indexed\":false,\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"}],\"name\":\"TermsEnacted\",\"type\":\"event\"},{\"inputs\":[],\"name\":\"HISTORY\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"SKEW_MS\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"acceptOwnership\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"}],\"internalType\":\"structPriceFeed.Terms\",\"name\":\"terms_\",\"type\":\"tuple\"}],\"name\":\"announce\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"announced\",\"outputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"}],\"internalType\":\"structPriceFeed.Terms\",\"name\":\"announcedTerms\",\"type\":\"tuple\"},{\"internalType\":\"uint256\",\"name\":\"due\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"decimals\",\"outputs\":[{\"internalType\":\"uint8\",\"name\":\"\",\"type\":\"uint8\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"description\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"enact\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint80\",\"name\":\"_roundId\",\"type\":\"uint80\"}],\"name\":\"getRoundData\",\"outputs\":[{\"internalType\":\"uint80\",\"name\":\"roundId\",\"type\":\"uint80\"},{\"internalType\":\"int256\",\"name\":\"answer\",\"type\":\"int256\"},{\"internalType\":\"uint256\",\"name\":\"startedAt\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"updatedAt\",\"type\":\"uint256\"},{\"internalType\":\"uint80\",\"name\":\"answeredInRound\",\"type\":\"uint80\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"latestRoundData\",\"outputs\":[{\"internalType\":\"uint80\",\"name\":\"roundId\",\"type\":\"uint80\"},{\"internalType\":\"int256\",\"name\":\"answer\",\"type\":\"int256\"},{\"internalType\":\"uint256\",\"name\":\"startedAt\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"updatedAt\",\"type\":\"uint256\"},{\"internalType\":\"uint80\",\"name\":\"answeredInRound\",\"type\":\"uint80\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"least\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"most\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"notice\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"pendingOwner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"scope\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"round\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"median\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"oldest\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"newest\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"present\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"quorum\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"outlier\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"flags\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"request\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"prover\",\"type\":\"uint256\"}],\"internalType\":\"structPriceFeed.Report\",\"name\":\"report\",\"type\":\"tuple\"},{\"internalType\":\"bytes\",\"name\":\"proof\",\"type\":\"bytes\"}],\"name\":\"publish\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"renounceOwnership\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"scope\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"terms\",\"outputs\":[{\"components\":[{\"internalType\":\"uint256\",\"name\":\"committee\",\"type\":\"uint256\"},{\"internalType\":\"uint8\",\"name\":\"quorum\",\"type\":\"uint8\"},{\"internalType\":\"uint16\",\"name\":\"outlier\",\"type\":\"uint16\"}],\"internalType\":\"structPriceFeed.Terms\",\"name\":\"\",\"type\":\"tuple\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"transferOwnership\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"verifier\",\"outputs\":[{\"internalType\":\"contractIVerifier\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"version\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"windowMs\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"withdrawAnnouncement\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "b230c1917dcfb92c03d48edfdc98bc0d7a",
	Bin: "0x6101606040523461060c5761188c8038038061001a81610610565b9283398101908082039060a0821261060c5780516001600160401b03811161060c578101926101008482031261060c5760405161010081016001600160401b038111828210176105655760405284516001600160a01b038116810361060c57815260208501519460208201958652604081015194604083019586526060820151606084019081526080830151906080850191825260a08401519260a086019384526100c760c08601610635565b60c0870190815260e086015190956001600160401b03821161060c57019087601f8301121561060c5781516001600160401b03811161056557610113601f8201601f1916602001610610565b98818a526020828501011161060c576020815f928260609601838d015e8a01015260e08701978852601f19011261060c5760405197606089016001600160401b0381118a821017610565576040526020880151895261017460408901610635565b9960208a019a8b5260608901519861ffff8a168a0361060c5760408b01998a52608001516001600160a01b0381169081900361060c5780156105f957600180546001600160a01b03199081169091555f8054918216831781556001600160a01b03909116907f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e09080a386516001600160a01b03163b1580156105f0575b80156105d8575b80156105cd575b80156105bc575b80156105b0575b80156105a2575b8015610595575b8015610588575b6105795795516001600160a01b0316608052945160a052935160c052925160e0529151610100529051610120525160ff16610140525180519093906001600160401b03811161056557600254600181811c9116801561055b575b602082101461054757601f81116104d9575b50602094601f8211600114610476579481929394955f9261046b575b50508160011b915f199060031b1c1916176002555b82518015908115610453575b508015610447575b8015610439575b801561042c575b801561041c575b61040d5761ffff60609260ff7f8badd7ce01a62894596c942931c20da0e84a79d886ed2f7be369131bda13e8b995519384600355516004549251926affff0000000000000000008460481b169068ff00000000000000008360401b16906affffff000000000000000019161717600455604051948552166020840152166040820152a1604051611228908161064482396080518181816108e00152610e2b015260a05181818161061a015261078b015260c0518181816108020152611004015260e051818181610c4001528181610c6a0152610d2a0152610100518181816101a501526108a60152610120518181816103840152610f3301526101405181610df20152f35b638dc5992160e01b5f5260045ffd5b5061271061ffff83511611610308565b5061ffff82511615610301565b50601f60ff825116116102fa565b5060ff815116156102f3565b5f51602061186c5f395f51905f52915010155f6102eb565b015190505f806102ca565b601f1982169560025f52805f20915f5b8881106104c1575083600195969798106104a9575b505050811b016002556102df565b01515f1960f88460031b161c191690555f808061049b565b91926020600181928685015181550194019201610486565b818111156102ae5760025f52601f820160051c7f405787fa12a823e0f2b7631cc41b3ba8828b3321ca811111fa75cd3aa3bb5ace6020841061053f575b81601f9101920160051c03905f5b8281106105325750506102ae565b5f82820155600101610524565b5f9150610516565b634e487b7160e01b5f52602260045260245ffd5b90607f169061029c565b634e487b7160e01b5f52604160045260245ffd5b633223900b60e21b5f5260045ffd5b5062278d00855111610242565b506201518085511061023b565b506305265c00845111610234565b506103e884511061022d565b5082516001600160601b0310610226565b50815183511061021f565b505f51602061186c5f395f51905f5281511015610218565b50805115610211565b631e4fbdf760e01b5f525f60045260245ffd5b5f80fd5b6040519190601f01601f191682016001600160401b0381118382101761056557604052565b519060ff8216820361060c5756fe6080806040526004361015610012575f80fd5b5f905f3560e01c908163043458ec14610fef57508063054d425014610e5a5780632b7ac3f314610e16578063313ce56714610dd957806333e522a914610d6857806354fd4d5014610d4d57806358d7889c14610d1357806365a1e87e14610716578063689b12451461063d5780636e62d0a814610602578063715018a61461059d5780637284e4161461048857806379ba5097146104035780638da5cb5b146103dc5780639a6fc8f5146103a75780639c94e6c61461036c578063adf54cce1461034f578063ba38c599146102f8578063d502562514610285578063daa13c1514610268578063e30c39781461023f578063f2fde38b146101c8578063fb3b9a971461018d5763feaf968c14610126575f80fd5b3461018a578060031936011261018a5761018661014d6001600160401b0360045416611153565b6040805169ffffffffffffffffffff968716815260208101959095528401929092526060830152909116608082015290819060a0820190565b0390f35b80fd5b503461018a578060031936011261018a5760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b503461018a57602036600319011261018a576004356001600160a01b0381169081900361023b576101f76110f6565b600180546001600160a01b0319168217905581546001600160a01b03167f38d16b8cac22d99fc7c124b9cd0de2d3fa1faef420bfe791d8c362d765e227008380a380f35b5080fd5b503461018a578060031936011261018a576001546040516001600160a01b039091168152602090f35b503461018a578060031936011261018a5760206040516103e88152f35b503461018a578060031936011261018a5761029e6110ac565b50606060035461ffff600454604051926102b784611027565b835260ff8160401c16602084015260481c1660408201526102f6604051809261ffff604080928051855260ff6020820151166020860152015116910152565bf35b503461018a578060031936011261018a576103116110ac565b50608060085461031f6110ca565b90610348604051809361ffff604080928051855260ff6020820151166020860152015116910152565b6060820152f35b503461018a578060031936011261018a5760206040516101008152f35b503461018a578060031936011261018a5760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b503461018a57602036600319011261018a576004359069ffffffffffffffffffff8216820361018a5761018661014d83611153565b503461018a578060031936011261018a57546040516001600160a01b039091168152602090f35b503461018a578060031936011261018a57600154336001600160a01b039091160361047557600180546001600160a01b0319908116909155815433918116821783556001600160a01b03167f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e08380a380f35b63118cdaa760e01b815233600452602490fd5b503461018a578060031936011261018a576040519080916002548060011c60018216918215610593575b60208210831461057f578184526020840192908115610564575060011461050e575b506104e48260409495038361105d565b8251938492602084525180928160208601528585015e828201840152601f01601f19168101030190f35b600284529350827f405787fa12a823e0f2b7631cc41b3ba8828b3321ca811111fa75cd3aa3bb5ace5b85821061054e5750820160200193506104e46104d4565b6001816020925483858801015201910190610537565b60ff1916835250151560051b820160200193506104e46104d4565b634e487b7160e01b85526022600452602485fd5b90607f16906104b2565b503461018a578060031936011261018a576105b66110f6565b600180546001600160a01b03199081169091558154908116825581906001600160a01b03167f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e08280a380f35b503461018a578060031936011261018a5760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b503461018a578060031936011261018a5760085480421061070457507f8badd7ce01a62894596c942931c20da0e84a79d886ed2f7be369131bda13e8b961ffff61068561111c565b6106fe8151806003556020830151906040600454940151936affff0000000000000000008560481b169068ff00000000000000008460401b16906affffff00000000000000001916171760045560ff604051958695169216908491604091949360ff61ffff926060860197865216602085015216910152565b0390a180f35b6301e32ad960e71b8252600452602490fd5b5034610b5f5736600319016101a08112610b5f5761018013610b5f57610184356001600160401b038111610b5f5736602382011215610b5f5780600401356001600160401b038111610b5f573660248284010111610b5f57600454916001600160401b0383169060ff8460401c1690600435927f0000000000000000000000000000000000000000000000000000000000000000808503610cfd575060443590600354808303610ce7575060e43592848403610ccf57610104359261ffff8960481c16808503610cb957506024359280841115610ca357506001600160401b038311610c9057606435977f0000000000000000000000000000000000000000000000000000000000000000808a108015610c67575b610c2d575060c435965f88805b610c0d5750818110610bf85750506084359460a4359660ff8c165f52600560205265ffffffffffff60405f205460a01c166103e84202904282046103e81442151715610be4576103e88201808311610be4578a11610bcd57898911610bb65780891115610ba05750806108cb7f00000000000000000000000000000000000000000000000000000000000000008a61109f565b10610b8a57506101008303610b7757604051997f00000000000000000000000000000000000000000000000000000000000000006001600160a01b031694906101808c016001600160401b0381118d821017610b63576040528b528660208c015260408b01528a60608b01528660808b01528760a08b01528860c08b015260e08a01526101008901526101243597886101208201526101443561014082015261016435610160820152823b15610b5f5760405163393ba7b960e11b81526101a060048201526101a48101839052938492919082906024016101c48501375f6101c48385010152602483015f905b600c8210610b455750505091816101c4815f95601f801991011681010301915afa8015610b3a57610af7575b50917f1f6085e11e26bd66387c6ba0551e02e5434f4df6aaf5ae892af883ba54accd3e959391836001600160401b0360c097951680996001600160401b0319161760045560405190610a3582611042565b6001600160601b038716825260208201908a82528b6001600160601b0360408086019265ffffffffffff8816845260ff606088019565ffffffffffff42168752168152600560205220945116928454906001600160401b0360601b905160601b169165ffffffffffff60a01b905160a01b169265ffffffffffff60d01b905160d01b169360018060d01b039165ffffffffffff60d01b161716171717905560405194855260208501526040840152606083015260808201523360a0820152a280f35b60c0959391985091610b2c5f7f1f6085e11e26bd66387c6ba0551e02e5434f4df6aaf5ae892af883ba54accd3e98969461105d565b5f98919395509193956109e4565b6040513d5f823e3d90fd5b8251815286945060209283019260019290920191016109b8565b5f80fd5b634e487b7160e01b5f52604160045260245ffd5b8263988aaeab60e01b5f5260045260245ffd5b8763069c071760e01b5f5260045260245260445ffd5b8863f86d359560e01b5f5260045260245260445ffd5b898963729a513560e01b5f5260045260245260445ffd5b50886319851e2560e31b5f5260045260245260445ffd5b634e487b7160e01b5f52601160045260245ffd5b636773e29d60e01b5f5260045260245260445ffd5b905f198114610be457600101905f19810190808211610be4571680610838565b89631a95c6ed60e01b5f526004526024527f000000000000000000000000000000000000000000000000000000000000000060445260645ffd5b507f00000000000000000000000000000000000000000000000000000000000000008a1161082b565b82630d939fcd60e21b5f5260045260245ffd5b8363876cfe0560e01b5f5260045260245260445ffd5b8463fa4a63bd60e01b5f5260045260245260445ffd5b505050631a12f55360e21b5f5260045260245260445ffd5b82631cd54d7960e11b5f5260045260245260445ffd5b84630a734a8360e11b5f5260045260245260445ffd5b34610b5f575f366003190112610b5f5760206040517f00000000000000000000000000000000000000000000000000000000000000008152f35b34610b5f575f366003190112610b5f57602060405160018152f35b34610b5f575f366003190112610b5f57610d806110f6565b7fa956790c5c3dd3e55487df725369995637a906338679556f5af9118adac8b463610da961111c565b8051602080830151604093840151845193845260ff9091169183019190915261ffff1691810191909152606090a1005b34610b5f575f366003190112610b5f57602060405160ff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b34610b5f575f366003190112610b5f576040517f00000000000000000000000000000000000000000000000000000000000000006001600160a01b03168152602090f35b34610b5f576060366003190112610b5f57610e736110f6565b604051610e7f81611027565b600435908181526024359060ff821691828103610b5f57602082015260443561ffff811691828203610b5f57604001528215918215610fc4575b8215610fbb575b8215610fb0575b508115610fa7575b8115610f9b575b50610f8c576080817f695282147c092fdac48eb4f24e2a9b1fe3c03800dd6b324569cd8df798d38dac9260065560ff610f0d61107e565b166007549062ffff00610f1e61108e565b60081b169162ffffff19161717600755610f587f00000000000000000000000000000000000000000000000000000000000000004261109f565b8060085561ffff610f6761107e565b60ff610f7161108e565b916040519586521660208501521660408301526060820152a1005b638dc5992160e01b5f5260045ffd5b61271091501182610ed6565b80159150610ecf565b601f10915083610ec7565b80159250610ec0565b7f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f00000018410159250610eb9565b34610b5f575f366003190112610b5f576020907f00000000000000000000000000000000000000000000000000000000000000008152f35b606081019081106001600160401b03821117610b6357604052565b608081019081106001600160401b03821117610b6357604052565b90601f801991011681019081106001600160401b03821117610b6357604052565b60243560ff81168103610b5f5790565b60443561ffff81168103610b5f5790565b91908201809211610be457565b604051906110b982611027565b5f6040838281528260208201520152565b604051906110d782611027565b600654825260075460ff8116602084015260081c61ffff166040830152565b5f546001600160a01b0316330361110957565b63118cdaa760e01b5f523360045260245ffd5b6111246110ac565b5060085415611144576111356110ca565b905f6006555f6007555f600855565b631efc49af60e11b5f5260045ffd5b9069ffffffffffffffffffff821660ff83165f52600560205260405f206040519061117d82611042565b54916001600160601b03831682526001600160401b038360601c1690816020840152604083019165ffffffffffff8560a01c168352606084019460d01c855281801591821561121d575b505061120b575065ffffffffffff6103e8818093511604169251168083116111fc575b50516001600160601b03169181908490565b91506001600160601b036111ea565b63e3a617ef60e01b5f5260045260245ffd5b14159050815f6111c75630644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001",
}

// PriceFeed is an auto generated Go binding around an Ethereum contract.
type PriceFeed struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *PriceFeed) GetABI() abi.ABI {
	return c.abi
}

// NewPriceFeed creates a new instance of PriceFeed.
func NewPriceFeed() *PriceFeed {
	parsed, err := PriceFeedMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &PriceFeed{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *PriceFeed) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor((address,uint256,uint256,uint256,uint256,uint256,uint8,string) settings, (uint256,uint8,uint16) terms_, address owner_) returns()
func (priceFeed *PriceFeed) PackConstructor(settings PriceFeedSettings, terms_ PriceFeedTerms, owner_ common.Address) []byte {
	enc, err := priceFeed.abi.Pack("", settings, terms_, owner_)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackHISTORY is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xadf54cce.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function HISTORY() view returns(uint256)
func (priceFeed *PriceFeed) PackHISTORY() []byte {
	enc, err := priceFeed.abi.Pack("HISTORY")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackHISTORY is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xadf54cce.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function HISTORY() view returns(uint256)
func (priceFeed *PriceFeed) TryPackHISTORY() ([]byte, error) {
	return priceFeed.abi.Pack("HISTORY")
}

// UnpackHISTORY is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xadf54cce.
//
// Solidity: function HISTORY() view returns(uint256)
func (priceFeed *PriceFeed) UnpackHISTORY(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("HISTORY", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackSKEWMS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdaa13c15.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function SKEW_MS() view returns(uint256)
func (priceFeed *PriceFeed) PackSKEWMS() []byte {
	enc, err := priceFeed.abi.Pack("SKEW_MS")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSKEWMS is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdaa13c15.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function SKEW_MS() view returns(uint256)
func (priceFeed *PriceFeed) TryPackSKEWMS() ([]byte, error) {
	return priceFeed.abi.Pack("SKEW_MS")
}

// UnpackSKEWMS is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdaa13c15.
//
// Solidity: function SKEW_MS() view returns(uint256)
func (priceFeed *PriceFeed) UnpackSKEWMS(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("SKEW_MS", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackAcceptOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x79ba5097.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function acceptOwnership() returns()
func (priceFeed *PriceFeed) PackAcceptOwnership() []byte {
	enc, err := priceFeed.abi.Pack("acceptOwnership")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAcceptOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x79ba5097.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function acceptOwnership() returns()
func (priceFeed *PriceFeed) TryPackAcceptOwnership() ([]byte, error) {
	return priceFeed.abi.Pack("acceptOwnership")
}

// PackAnnounce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x054d4250.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function announce((uint256,uint8,uint16) terms_) returns()
func (priceFeed *PriceFeed) PackAnnounce(terms PriceFeedTerms) []byte {
	enc, err := priceFeed.abi.Pack("announce", terms)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnnounce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x054d4250.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function announce((uint256,uint8,uint16) terms_) returns()
func (priceFeed *PriceFeed) TryPackAnnounce(terms PriceFeedTerms) ([]byte, error) {
	return priceFeed.abi.Pack("announce", terms)
}

// PackAnnounced is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba38c599.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function announced() view returns((uint256,uint8,uint16) announcedTerms, uint256 due)
func (priceFeed *PriceFeed) PackAnnounced() []byte {
	enc, err := priceFeed.abi.Pack("announced")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAnnounced is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xba38c599.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function announced() view returns((uint256,uint8,uint16) announcedTerms, uint256 due)
func (priceFeed *PriceFeed) TryPackAnnounced() ([]byte, error) {
	return priceFeed.abi.Pack("announced")
}

// AnnouncedOutput serves as a container for the return parameters of contract
// method Announced.
type AnnouncedOutput struct {
	AnnouncedTerms PriceFeedTerms
	Due            *big.Int
}

// UnpackAnnounced is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xba38c599.
//
// Solidity: function announced() view returns((uint256,uint8,uint16) announcedTerms, uint256 due)
func (priceFeed *PriceFeed) UnpackAnnounced(data []byte) (AnnouncedOutput, error) {
	out, err := priceFeed.abi.Unpack("announced", data)
	outstruct := new(AnnouncedOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.AnnouncedTerms = *abi.ConvertType(out[0], new(PriceFeedTerms)).(*PriceFeedTerms)
	outstruct.Due = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackDecimals is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x313ce567.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function decimals() view returns(uint8)
func (priceFeed *PriceFeed) PackDecimals() []byte {
	enc, err := priceFeed.abi.Pack("decimals")
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
func (priceFeed *PriceFeed) TryPackDecimals() ([]byte, error) {
	return priceFeed.abi.Pack("decimals")
}

// UnpackDecimals is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x313ce567.
//
// Solidity: function decimals() view returns(uint8)
func (priceFeed *PriceFeed) UnpackDecimals(data []byte) (uint8, error) {
	out, err := priceFeed.abi.Unpack("decimals", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackDescription is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7284e416.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function description() view returns(string)
func (priceFeed *PriceFeed) PackDescription() []byte {
	enc, err := priceFeed.abi.Pack("description")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDescription is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7284e416.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function description() view returns(string)
func (priceFeed *PriceFeed) TryPackDescription() ([]byte, error) {
	return priceFeed.abi.Pack("description")
}

// UnpackDescription is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x7284e416.
//
// Solidity: function description() view returns(string)
func (priceFeed *PriceFeed) UnpackDescription(data []byte) (string, error) {
	out, err := priceFeed.abi.Unpack("description", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackEnact is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x689b1245.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function enact() returns()
func (priceFeed *PriceFeed) PackEnact() []byte {
	enc, err := priceFeed.abi.Pack("enact")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackEnact is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x689b1245.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function enact() returns()
func (priceFeed *PriceFeed) TryPackEnact() ([]byte, error) {
	return priceFeed.abi.Pack("enact")
}

// PackGetRoundData is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9a6fc8f5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getRoundData(uint80 _roundId) view returns(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
func (priceFeed *PriceFeed) PackGetRoundData(roundId *big.Int) []byte {
	enc, err := priceFeed.abi.Pack("getRoundData", roundId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetRoundData is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9a6fc8f5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getRoundData(uint80 _roundId) view returns(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
func (priceFeed *PriceFeed) TryPackGetRoundData(roundId *big.Int) ([]byte, error) {
	return priceFeed.abi.Pack("getRoundData", roundId)
}

// GetRoundDataOutput serves as a container for the return parameters of contract
// method GetRoundData.
type GetRoundDataOutput struct {
	RoundId         *big.Int
	Answer          *big.Int
	StartedAt       *big.Int
	UpdatedAt       *big.Int
	AnsweredInRound *big.Int
}

// UnpackGetRoundData is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9a6fc8f5.
//
// Solidity: function getRoundData(uint80 _roundId) view returns(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
func (priceFeed *PriceFeed) UnpackGetRoundData(data []byte) (GetRoundDataOutput, error) {
	out, err := priceFeed.abi.Unpack("getRoundData", data)
	outstruct := new(GetRoundDataOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.RoundId = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Answer = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.StartedAt = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	outstruct.UpdatedAt = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.AnsweredInRound = abi.ConvertType(out[4], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackLatestRoundData is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfeaf968c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function latestRoundData() view returns(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
func (priceFeed *PriceFeed) PackLatestRoundData() []byte {
	enc, err := priceFeed.abi.Pack("latestRoundData")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLatestRoundData is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfeaf968c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function latestRoundData() view returns(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
func (priceFeed *PriceFeed) TryPackLatestRoundData() ([]byte, error) {
	return priceFeed.abi.Pack("latestRoundData")
}

// LatestRoundDataOutput serves as a container for the return parameters of contract
// method LatestRoundData.
type LatestRoundDataOutput struct {
	RoundId         *big.Int
	Answer          *big.Int
	StartedAt       *big.Int
	UpdatedAt       *big.Int
	AnsweredInRound *big.Int
}

// UnpackLatestRoundData is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfeaf968c.
//
// Solidity: function latestRoundData() view returns(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
func (priceFeed *PriceFeed) UnpackLatestRoundData(data []byte) (LatestRoundDataOutput, error) {
	out, err := priceFeed.abi.Unpack("latestRoundData", data)
	outstruct := new(LatestRoundDataOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.RoundId = abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	outstruct.Answer = abi.ConvertType(out[1], new(big.Int)).(*big.Int)
	outstruct.StartedAt = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	outstruct.UpdatedAt = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	outstruct.AnsweredInRound = abi.ConvertType(out[4], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackLeast is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x043458ec.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function least() view returns(uint256)
func (priceFeed *PriceFeed) PackLeast() []byte {
	enc, err := priceFeed.abi.Pack("least")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackLeast is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x043458ec.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function least() view returns(uint256)
func (priceFeed *PriceFeed) TryPackLeast() ([]byte, error) {
	return priceFeed.abi.Pack("least")
}

// UnpackLeast is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x043458ec.
//
// Solidity: function least() view returns(uint256)
func (priceFeed *PriceFeed) UnpackLeast(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("least", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackMost is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x58d7889c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function most() view returns(uint256)
func (priceFeed *PriceFeed) PackMost() []byte {
	enc, err := priceFeed.abi.Pack("most")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMost is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x58d7889c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function most() view returns(uint256)
func (priceFeed *PriceFeed) TryPackMost() ([]byte, error) {
	return priceFeed.abi.Pack("most")
}

// UnpackMost is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x58d7889c.
//
// Solidity: function most() view returns(uint256)
func (priceFeed *PriceFeed) UnpackMost(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("most", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackNotice is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9c94e6c6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function notice() view returns(uint256)
func (priceFeed *PriceFeed) PackNotice() []byte {
	enc, err := priceFeed.abi.Pack("notice")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNotice is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9c94e6c6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function notice() view returns(uint256)
func (priceFeed *PriceFeed) TryPackNotice() ([]byte, error) {
	return priceFeed.abi.Pack("notice")
}

// UnpackNotice is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x9c94e6c6.
//
// Solidity: function notice() view returns(uint256)
func (priceFeed *PriceFeed) UnpackNotice(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("notice", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function owner() view returns(address)
func (priceFeed *PriceFeed) PackOwner() []byte {
	enc, err := priceFeed.abi.Pack("owner")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function owner() view returns(address)
func (priceFeed *PriceFeed) TryPackOwner() ([]byte, error) {
	return priceFeed.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (priceFeed *PriceFeed) UnpackOwner(data []byte) (common.Address, error) {
	out, err := priceFeed.abi.Unpack("owner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackPendingOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe30c3978.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function pendingOwner() view returns(address)
func (priceFeed *PriceFeed) PackPendingOwner() []byte {
	enc, err := priceFeed.abi.Pack("pendingOwner")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPendingOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe30c3978.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function pendingOwner() view returns(address)
func (priceFeed *PriceFeed) TryPackPendingOwner() ([]byte, error) {
	return priceFeed.abi.Pack("pendingOwner")
}

// UnpackPendingOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe30c3978.
//
// Solidity: function pendingOwner() view returns(address)
func (priceFeed *PriceFeed) UnpackPendingOwner(data []byte) (common.Address, error) {
	out, err := priceFeed.abi.Unpack("pendingOwner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackPublish is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x65a1e87e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function publish((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256) report, bytes proof) returns()
func (priceFeed *PriceFeed) PackPublish(report PriceFeedReport, proof []byte) []byte {
	enc, err := priceFeed.abi.Pack("publish", report, proof)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPublish is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x65a1e87e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function publish((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256) report, bytes proof) returns()
func (priceFeed *PriceFeed) TryPackPublish(report PriceFeedReport, proof []byte) ([]byte, error) {
	return priceFeed.abi.Pack("publish", report, proof)
}

// PackRenounceOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x715018a6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function renounceOwnership() returns()
func (priceFeed *PriceFeed) PackRenounceOwnership() []byte {
	enc, err := priceFeed.abi.Pack("renounceOwnership")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRenounceOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x715018a6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function renounceOwnership() returns()
func (priceFeed *PriceFeed) TryPackRenounceOwnership() ([]byte, error) {
	return priceFeed.abi.Pack("renounceOwnership")
}

// PackScope is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6e62d0a8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function scope() view returns(uint256)
func (priceFeed *PriceFeed) PackScope() []byte {
	enc, err := priceFeed.abi.Pack("scope")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackScope is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6e62d0a8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function scope() view returns(uint256)
func (priceFeed *PriceFeed) TryPackScope() ([]byte, error) {
	return priceFeed.abi.Pack("scope")
}

// UnpackScope is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6e62d0a8.
//
// Solidity: function scope() view returns(uint256)
func (priceFeed *PriceFeed) UnpackScope(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("scope", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackTerms is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd5025625.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function terms() view returns((uint256,uint8,uint16))
func (priceFeed *PriceFeed) PackTerms() []byte {
	enc, err := priceFeed.abi.Pack("terms")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTerms is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd5025625.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function terms() view returns((uint256,uint8,uint16))
func (priceFeed *PriceFeed) TryPackTerms() ([]byte, error) {
	return priceFeed.abi.Pack("terms")
}

// UnpackTerms is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xd5025625.
//
// Solidity: function terms() view returns((uint256,uint8,uint16))
func (priceFeed *PriceFeed) UnpackTerms(data []byte) (PriceFeedTerms, error) {
	out, err := priceFeed.abi.Unpack("terms", data)
	if err != nil {
		return *new(PriceFeedTerms), err
	}
	out0 := *abi.ConvertType(out[0], new(PriceFeedTerms)).(*PriceFeedTerms)
	return out0, nil
}

// PackTransferOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2fde38b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transferOwnership(address newOwner) returns()
func (priceFeed *PriceFeed) PackTransferOwnership(newOwner common.Address) []byte {
	enc, err := priceFeed.abi.Pack("transferOwnership", newOwner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransferOwnership is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2fde38b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transferOwnership(address newOwner) returns()
func (priceFeed *PriceFeed) TryPackTransferOwnership(newOwner common.Address) ([]byte, error) {
	return priceFeed.abi.Pack("transferOwnership", newOwner)
}

// PackVerifier is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b7ac3f3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function verifier() view returns(address)
func (priceFeed *PriceFeed) PackVerifier() []byte {
	enc, err := priceFeed.abi.Pack("verifier")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVerifier is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b7ac3f3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function verifier() view returns(address)
func (priceFeed *PriceFeed) TryPackVerifier() ([]byte, error) {
	return priceFeed.abi.Pack("verifier")
}

// UnpackVerifier is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b7ac3f3.
//
// Solidity: function verifier() view returns(address)
func (priceFeed *PriceFeed) UnpackVerifier(data []byte) (common.Address, error) {
	out, err := priceFeed.abi.Unpack("verifier", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x54fd4d50.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function version() view returns(uint256)
func (priceFeed *PriceFeed) PackVersion() []byte {
	enc, err := priceFeed.abi.Pack("version")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x54fd4d50.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function version() view returns(uint256)
func (priceFeed *PriceFeed) TryPackVersion() ([]byte, error) {
	return priceFeed.abi.Pack("version")
}

// UnpackVersion is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x54fd4d50.
//
// Solidity: function version() view returns(uint256)
func (priceFeed *PriceFeed) UnpackVersion(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("version", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackWindowMs is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfb3b9a97.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function windowMs() view returns(uint256)
func (priceFeed *PriceFeed) PackWindowMs() []byte {
	enc, err := priceFeed.abi.Pack("windowMs")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWindowMs is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfb3b9a97.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function windowMs() view returns(uint256)
func (priceFeed *PriceFeed) TryPackWindowMs() ([]byte, error) {
	return priceFeed.abi.Pack("windowMs")
}

// UnpackWindowMs is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfb3b9a97.
//
// Solidity: function windowMs() view returns(uint256)
func (priceFeed *PriceFeed) UnpackWindowMs(data []byte) (*big.Int, error) {
	out, err := priceFeed.abi.Unpack("windowMs", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackWithdrawAnnouncement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33e522a9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function withdrawAnnouncement() returns()
func (priceFeed *PriceFeed) PackWithdrawAnnouncement() []byte {
	enc, err := priceFeed.abi.Pack("withdrawAnnouncement")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackWithdrawAnnouncement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x33e522a9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function withdrawAnnouncement() returns()
func (priceFeed *PriceFeed) TryPackWithdrawAnnouncement() ([]byte, error) {
	return priceFeed.abi.Pack("withdrawAnnouncement")
}

// PriceFeedAnnouncementWithdrawn represents a AnnouncementWithdrawn event raised by the PriceFeed contract.
type PriceFeedAnnouncementWithdrawn struct {
	Committee *big.Int
	Quorum    uint8
	Outlier   uint16
	Raw       *types.Log // Blockchain specific contextual infos
}

const PriceFeedAnnouncementWithdrawnEventName = "AnnouncementWithdrawn"

// ContractEventName returns the user-defined event name.
func (PriceFeedAnnouncementWithdrawn) ContractEventName() string {
	return PriceFeedAnnouncementWithdrawnEventName
}

// UnpackAnnouncementWithdrawnEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event AnnouncementWithdrawn(uint256 committee, uint8 quorum, uint16 outlier)
func (priceFeed *PriceFeed) UnpackAnnouncementWithdrawnEvent(log *types.Log) (*PriceFeedAnnouncementWithdrawn, error) {
	event := "AnnouncementWithdrawn"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != priceFeed.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PriceFeedAnnouncementWithdrawn)
	if len(log.Data) > 0 {
		if err := priceFeed.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range priceFeed.abi.Events[event].Inputs {
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

// PriceFeedOwnershipTransferStarted represents a OwnershipTransferStarted event raised by the PriceFeed contract.
type PriceFeedOwnershipTransferStarted struct {
	PreviousOwner common.Address
	NewOwner      common.Address
	Raw           *types.Log // Blockchain specific contextual infos
}

const PriceFeedOwnershipTransferStartedEventName = "OwnershipTransferStarted"

// ContractEventName returns the user-defined event name.
func (PriceFeedOwnershipTransferStarted) ContractEventName() string {
	return PriceFeedOwnershipTransferStartedEventName
}

// UnpackOwnershipTransferStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner)
func (priceFeed *PriceFeed) UnpackOwnershipTransferStartedEvent(log *types.Log) (*PriceFeedOwnershipTransferStarted, error) {
	event := "OwnershipTransferStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != priceFeed.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PriceFeedOwnershipTransferStarted)
	if len(log.Data) > 0 {
		if err := priceFeed.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range priceFeed.abi.Events[event].Inputs {
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

// PriceFeedOwnershipTransferred represents a OwnershipTransferred event raised by the PriceFeed contract.
type PriceFeedOwnershipTransferred struct {
	PreviousOwner common.Address
	NewOwner      common.Address
	Raw           *types.Log // Blockchain specific contextual infos
}

const PriceFeedOwnershipTransferredEventName = "OwnershipTransferred"

// ContractEventName returns the user-defined event name.
func (PriceFeedOwnershipTransferred) ContractEventName() string {
	return PriceFeedOwnershipTransferredEventName
}

// UnpackOwnershipTransferredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)
func (priceFeed *PriceFeed) UnpackOwnershipTransferredEvent(log *types.Log) (*PriceFeedOwnershipTransferred, error) {
	event := "OwnershipTransferred"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != priceFeed.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PriceFeedOwnershipTransferred)
	if len(log.Data) > 0 {
		if err := priceFeed.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range priceFeed.abi.Events[event].Inputs {
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

// PriceFeedRoundPublished represents a RoundPublished event raised by the PriceFeed contract.
type PriceFeedRoundPublished struct {
	Round    uint64
	Median   *big.Int
	OldestMs *big.Int
	NewestMs *big.Int
	Present  *big.Int
	Flags    *big.Int
	By       common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const PriceFeedRoundPublishedEventName = "RoundPublished"

// ContractEventName returns the user-defined event name.
func (PriceFeedRoundPublished) ContractEventName() string {
	return PriceFeedRoundPublishedEventName
}

// UnpackRoundPublishedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event RoundPublished(uint64 indexed round, uint256 median, uint256 oldestMs, uint256 newestMs, uint256 present, uint256 flags, address by)
func (priceFeed *PriceFeed) UnpackRoundPublishedEvent(log *types.Log) (*PriceFeedRoundPublished, error) {
	event := "RoundPublished"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != priceFeed.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PriceFeedRoundPublished)
	if len(log.Data) > 0 {
		if err := priceFeed.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range priceFeed.abi.Events[event].Inputs {
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

// PriceFeedTermsAnnounced represents a TermsAnnounced event raised by the PriceFeed contract.
type PriceFeedTermsAnnounced struct {
	Committee *big.Int
	Quorum    uint8
	Outlier   uint16
	Due       *big.Int
	Raw       *types.Log // Blockchain specific contextual infos
}

const PriceFeedTermsAnnouncedEventName = "TermsAnnounced"

// ContractEventName returns the user-defined event name.
func (PriceFeedTermsAnnounced) ContractEventName() string {
	return PriceFeedTermsAnnouncedEventName
}

// UnpackTermsAnnouncedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event TermsAnnounced(uint256 committee, uint8 quorum, uint16 outlier, uint256 due)
func (priceFeed *PriceFeed) UnpackTermsAnnouncedEvent(log *types.Log) (*PriceFeedTermsAnnounced, error) {
	event := "TermsAnnounced"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != priceFeed.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PriceFeedTermsAnnounced)
	if len(log.Data) > 0 {
		if err := priceFeed.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range priceFeed.abi.Events[event].Inputs {
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

// PriceFeedTermsEnacted represents a TermsEnacted event raised by the PriceFeed contract.
type PriceFeedTermsEnacted struct {
	Committee *big.Int
	Quorum    uint8
	Outlier   uint16
	Raw       *types.Log // Blockchain specific contextual infos
}

const PriceFeedTermsEnactedEventName = "TermsEnacted"

// ContractEventName returns the user-defined event name.
func (PriceFeedTermsEnacted) ContractEventName() string {
	return PriceFeedTermsEnactedEventName
}

// UnpackTermsEnactedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event TermsEnacted(uint256 committee, uint8 quorum, uint16 outlier)
func (priceFeed *PriceFeed) UnpackTermsEnactedEvent(log *types.Log) (*PriceFeedTermsEnacted, error) {
	event := "TermsEnacted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != priceFeed.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PriceFeedTermsEnacted)
	if len(log.Data) > 0 {
		if err := priceFeed.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range priceFeed.abi.Events[event].Inputs {
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
func (priceFeed *PriceFeed) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["BadSettings"].ID.Bytes()[:4]) {
		return priceFeed.UnpackBadSettingsError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["BadTerms"].ID.Bytes()[:4]) {
		return priceFeed.UnpackBadTermsError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["FromTheFuture"].ID.Bytes()[:4]) {
		return priceFeed.UnpackFromTheFutureError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["MedianOutOfBounds"].ID.Bytes()[:4]) {
		return priceFeed.UnpackMedianOutOfBoundsError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["NoRound"].ID.Bytes()[:4]) {
		return priceFeed.UnpackNoRoundError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["NothingAnnounced"].ID.Bytes()[:4]) {
		return priceFeed.UnpackNothingAnnouncedError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["NoticeNotOver"].ID.Bytes()[:4]) {
		return priceFeed.UnpackNoticeNotOverError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["ObservationsNotNewer"].ID.Bytes()[:4]) {
		return priceFeed.UnpackObservationsNotNewerError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["ObservationsOutOfOrder"].ID.Bytes()[:4]) {
		return priceFeed.UnpackObservationsOutOfOrderError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["OwnableInvalidOwner"].ID.Bytes()[:4]) {
		return priceFeed.UnpackOwnableInvalidOwnerError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["OwnableUnauthorizedAccount"].ID.Bytes()[:4]) {
		return priceFeed.UnpackOwnableUnauthorizedAccountError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["ProofInvalid"].ID.Bytes()[:4]) {
		return priceFeed.UnpackProofInvalidError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["ProofLength"].ID.Bytes()[:4]) {
		return priceFeed.UnpackProofLengthError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["PublicInputNotInField"].ID.Bytes()[:4]) {
		return priceFeed.UnpackPublicInputNotInFieldError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["RoundNotNewer"].ID.Bytes()[:4]) {
		return priceFeed.UnpackRoundNotNewerError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["RoundTooLarge"].ID.Bytes()[:4]) {
		return priceFeed.UnpackRoundTooLargeError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["Stale"].ID.Bytes()[:4]) {
		return priceFeed.UnpackStaleError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["TooFewPresent"].ID.Bytes()[:4]) {
		return priceFeed.UnpackTooFewPresentError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["WrongCommittee"].ID.Bytes()[:4]) {
		return priceFeed.UnpackWrongCommitteeError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["WrongOutlier"].ID.Bytes()[:4]) {
		return priceFeed.UnpackWrongOutlierError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["WrongQuorum"].ID.Bytes()[:4]) {
		return priceFeed.UnpackWrongQuorumError(raw[4:])
	}
	if bytes.Equal(raw[:4], priceFeed.abi.Errors["WrongScope"].ID.Bytes()[:4]) {
		return priceFeed.UnpackWrongScopeError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// PriceFeedBadSettings represents a BadSettings error raised by the PriceFeed contract.
type PriceFeedBadSettings struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadSettings()
func PriceFeedBadSettingsErrorID() common.Hash {
	return common.HexToHash("0xc88e402c6f0f71d1e450b214f4c946f999deda2623e52780f595c55e7abc213d")
}

// UnpackBadSettingsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadSettings()
func (priceFeed *PriceFeed) UnpackBadSettingsError(raw []byte) (*PriceFeedBadSettings, error) {
	out := new(PriceFeedBadSettings)
	if err := priceFeed.abi.UnpackIntoInterface(out, "BadSettings", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedBadTerms represents a BadTerms error raised by the PriceFeed contract.
type PriceFeedBadTerms struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error BadTerms()
func PriceFeedBadTermsErrorID() common.Hash {
	return common.HexToHash("0x8dc599212cab654299a2bf31d0baab479b0ef032e5276a7206a05bbb2910ec06")
}

// UnpackBadTermsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error BadTerms()
func (priceFeed *PriceFeed) UnpackBadTermsError(raw []byte) (*PriceFeedBadTerms, error) {
	out := new(PriceFeedBadTerms)
	if err := priceFeed.abi.UnpackIntoInterface(out, "BadTerms", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedFromTheFuture represents a FromTheFuture error raised by the PriceFeed contract.
type PriceFeedFromTheFuture struct {
	NewestMs *big.Int
	BlockMs  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error FromTheFuture(uint256 newestMs, uint256 blockMs)
func PriceFeedFromTheFutureErrorID() common.Hash {
	return common.HexToHash("0xcc28f128260200e16c651e114d3ef354f392dff47914d6b922718540ec8d4c2e")
}

// UnpackFromTheFutureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error FromTheFuture(uint256 newestMs, uint256 blockMs)
func (priceFeed *PriceFeed) UnpackFromTheFutureError(raw []byte) (*PriceFeedFromTheFuture, error) {
	out := new(PriceFeedFromTheFuture)
	if err := priceFeed.abi.UnpackIntoInterface(out, "FromTheFuture", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedMedianOutOfBounds represents a MedianOutOfBounds error raised by the PriceFeed contract.
type PriceFeedMedianOutOfBounds struct {
	Median *big.Int
	Least  *big.Int
	Most   *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error MedianOutOfBounds(uint256 median, uint256 least, uint256 most)
func PriceFeedMedianOutOfBoundsErrorID() common.Hash {
	return common.HexToHash("0x1a95c6edd0ffa50c1395699d19faa5067cad90f178cd7f01a3d454b334d4e412")
}

// UnpackMedianOutOfBoundsError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error MedianOutOfBounds(uint256 median, uint256 least, uint256 most)
func (priceFeed *PriceFeed) UnpackMedianOutOfBoundsError(raw []byte) (*PriceFeedMedianOutOfBounds, error) {
	out := new(PriceFeedMedianOutOfBounds)
	if err := priceFeed.abi.UnpackIntoInterface(out, "MedianOutOfBounds", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedNoRound represents a NoRound error raised by the PriceFeed contract.
type PriceFeedNoRound struct {
	Round *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoRound(uint256 round)
func PriceFeedNoRoundErrorID() common.Hash {
	return common.HexToHash("0xe3a617eff78ce04f3b18e83a0406e87cf3a982de2b5d944f20d996f7d843aae6")
}

// UnpackNoRoundError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoRound(uint256 round)
func (priceFeed *PriceFeed) UnpackNoRoundError(raw []byte) (*PriceFeedNoRound, error) {
	out := new(PriceFeedNoRound)
	if err := priceFeed.abi.UnpackIntoInterface(out, "NoRound", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedNothingAnnounced represents a NothingAnnounced error raised by the PriceFeed contract.
type PriceFeedNothingAnnounced struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NothingAnnounced()
func PriceFeedNothingAnnouncedErrorID() common.Hash {
	return common.HexToHash("0x3df8935e5094f39ee4cdbdab18dfdabf9fb6d7539ad996854e601b80f1bde4dc")
}

// UnpackNothingAnnouncedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NothingAnnounced()
func (priceFeed *PriceFeed) UnpackNothingAnnouncedError(raw []byte) (*PriceFeedNothingAnnounced, error) {
	out := new(PriceFeedNothingAnnounced)
	if err := priceFeed.abi.UnpackIntoInterface(out, "NothingAnnounced", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedNoticeNotOver represents a NoticeNotOver error raised by the PriceFeed contract.
type PriceFeedNoticeNotOver struct {
	Due *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoticeNotOver(uint256 due)
func PriceFeedNoticeNotOverErrorID() common.Hash {
	return common.HexToHash("0xf1956c8018d8e094e7a2e177cc0c2c1f4ada0c5868a85b6c19d135f6ee5ffd16")
}

// UnpackNoticeNotOverError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoticeNotOver(uint256 due)
func (priceFeed *PriceFeed) UnpackNoticeNotOverError(raw []byte) (*PriceFeedNoticeNotOver, error) {
	out := new(PriceFeedNoticeNotOver)
	if err := priceFeed.abi.UnpackIntoInterface(out, "NoticeNotOver", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedObservationsNotNewer represents a ObservationsNotNewer error raised by the PriceFeed contract.
type PriceFeedObservationsNotNewer struct {
	OldestMs *big.Int
	LatestMs *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ObservationsNotNewer(uint256 oldestMs, uint256 latestMs)
func PriceFeedObservationsNotNewerErrorID() common.Hash {
	return common.HexToHash("0xf86d35951770c9ab54b78a673dbf7fc35903fc565ad2991e0bb77f12e49c8ca9")
}

// UnpackObservationsNotNewerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ObservationsNotNewer(uint256 oldestMs, uint256 latestMs)
func (priceFeed *PriceFeed) UnpackObservationsNotNewerError(raw []byte) (*PriceFeedObservationsNotNewer, error) {
	out := new(PriceFeedObservationsNotNewer)
	if err := priceFeed.abi.UnpackIntoInterface(out, "ObservationsNotNewer", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedObservationsOutOfOrder represents a ObservationsOutOfOrder error raised by the PriceFeed contract.
type PriceFeedObservationsOutOfOrder struct {
	OldestMs *big.Int
	NewestMs *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ObservationsOutOfOrder(uint256 oldestMs, uint256 newestMs)
func PriceFeedObservationsOutOfOrderErrorID() common.Hash {
	return common.HexToHash("0x729a5135b1e50b192e81dcaead45fc539bc63d904e771d06d5f17a35d7f2020b")
}

// UnpackObservationsOutOfOrderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ObservationsOutOfOrder(uint256 oldestMs, uint256 newestMs)
func (priceFeed *PriceFeed) UnpackObservationsOutOfOrderError(raw []byte) (*PriceFeedObservationsOutOfOrder, error) {
	out := new(PriceFeedObservationsOutOfOrder)
	if err := priceFeed.abi.UnpackIntoInterface(out, "ObservationsOutOfOrder", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedOwnableInvalidOwner represents a OwnableInvalidOwner error raised by the PriceFeed contract.
type PriceFeedOwnableInvalidOwner struct {
	Owner common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnableInvalidOwner(address owner)
func PriceFeedOwnableInvalidOwnerErrorID() common.Hash {
	return common.HexToHash("0x1e4fbdf7f3ef8bcaa855599e3abf48b232380f183f08f6f813d9ffa5bd585188")
}

// UnpackOwnableInvalidOwnerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnableInvalidOwner(address owner)
func (priceFeed *PriceFeed) UnpackOwnableInvalidOwnerError(raw []byte) (*PriceFeedOwnableInvalidOwner, error) {
	out := new(PriceFeedOwnableInvalidOwner)
	if err := priceFeed.abi.UnpackIntoInterface(out, "OwnableInvalidOwner", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedOwnableUnauthorizedAccount represents a OwnableUnauthorizedAccount error raised by the PriceFeed contract.
type PriceFeedOwnableUnauthorizedAccount struct {
	Account common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OwnableUnauthorizedAccount(address account)
func PriceFeedOwnableUnauthorizedAccountErrorID() common.Hash {
	return common.HexToHash("0x118cdaa7a341953d1887a2245fd6665d741c67c8c50581daa59e1d03373fa188")
}

// UnpackOwnableUnauthorizedAccountError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OwnableUnauthorizedAccount(address account)
func (priceFeed *PriceFeed) UnpackOwnableUnauthorizedAccountError(raw []byte) (*PriceFeedOwnableUnauthorizedAccount, error) {
	out := new(PriceFeedOwnableUnauthorizedAccount)
	if err := priceFeed.abi.UnpackIntoInterface(out, "OwnableUnauthorizedAccount", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedProofInvalid represents a ProofInvalid error raised by the PriceFeed contract.
type PriceFeedProofInvalid struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ProofInvalid()
func PriceFeedProofInvalidErrorID() common.Hash {
	return common.HexToHash("0x7fcdd1f433fad06e243ebb12f415f49dc48f357e41b96f61f504279fe6bb2ac6")
}

// UnpackProofInvalidError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ProofInvalid()
func (priceFeed *PriceFeed) UnpackProofInvalidError(raw []byte) (*PriceFeedProofInvalid, error) {
	out := new(PriceFeedProofInvalid)
	if err := priceFeed.abi.UnpackIntoInterface(out, "ProofInvalid", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedProofLength represents a ProofLength error raised by the PriceFeed contract.
type PriceFeedProofLength struct {
	Length *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ProofLength(uint256 length)
func PriceFeedProofLengthErrorID() common.Hash {
	return common.HexToHash("0x988aaeab89d73952d6f6c6eacde6249321e29225672cdd7fc166b3c31027c4ec")
}

// UnpackProofLengthError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ProofLength(uint256 length)
func (priceFeed *PriceFeed) UnpackProofLengthError(raw []byte) (*PriceFeedProofLength, error) {
	out := new(PriceFeedProofLength)
	if err := priceFeed.abi.UnpackIntoInterface(out, "ProofLength", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedPublicInputNotInField represents a PublicInputNotInField error raised by the PriceFeed contract.
type PriceFeedPublicInputNotInField struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PublicInputNotInField()
func PriceFeedPublicInputNotInFieldErrorID() common.Hash {
	return common.HexToHash("0xa54f8e27d960b419368d544cd7616e10e384de098966aa60b80904dd31e7ab38")
}

// UnpackPublicInputNotInFieldError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PublicInputNotInField()
func (priceFeed *PriceFeed) UnpackPublicInputNotInFieldError(raw []byte) (*PriceFeedPublicInputNotInField, error) {
	out := new(PriceFeedPublicInputNotInField)
	if err := priceFeed.abi.UnpackIntoInterface(out, "PublicInputNotInField", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedRoundNotNewer represents a RoundNotNewer error raised by the PriceFeed contract.
type PriceFeedRoundNotNewer struct {
	Round  *big.Int
	Latest *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RoundNotNewer(uint256 round, uint256 latest)
func PriceFeedRoundNotNewerErrorID() common.Hash {
	return common.HexToHash("0x876cfe05ef417fb34b3a9192370c6cc701513d4eadccf76fe229ae8dfa2892d7")
}

// UnpackRoundNotNewerError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RoundNotNewer(uint256 round, uint256 latest)
func (priceFeed *PriceFeed) UnpackRoundNotNewerError(raw []byte) (*PriceFeedRoundNotNewer, error) {
	out := new(PriceFeedRoundNotNewer)
	if err := priceFeed.abi.UnpackIntoInterface(out, "RoundNotNewer", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedRoundTooLarge represents a RoundTooLarge error raised by the PriceFeed contract.
type PriceFeedRoundTooLarge struct {
	Round *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error RoundTooLarge(uint256 round)
func PriceFeedRoundTooLargeErrorID() common.Hash {
	return common.HexToHash("0x364e7f34ff0a2f59be3bf374be4f350670ab1c3d2f4beb1161c56fc88f60d99c")
}

// UnpackRoundTooLargeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error RoundTooLarge(uint256 round)
func (priceFeed *PriceFeed) UnpackRoundTooLargeError(raw []byte) (*PriceFeedRoundTooLarge, error) {
	out := new(PriceFeedRoundTooLarge)
	if err := priceFeed.abi.UnpackIntoInterface(out, "RoundTooLarge", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedStale represents a Stale error raised by the PriceFeed contract.
type PriceFeedStale struct {
	OldestMs *big.Int
	BlockMs  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Stale(uint256 oldestMs, uint256 blockMs)
func PriceFeedStaleErrorID() common.Hash {
	return common.HexToHash("0x069c0717976a425b27b8aa7c4fb767ff35c8b27812b631bfca962062606b2870")
}

// UnpackStaleError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Stale(uint256 oldestMs, uint256 blockMs)
func (priceFeed *PriceFeed) UnpackStaleError(raw []byte) (*PriceFeedStale, error) {
	out := new(PriceFeedStale)
	if err := priceFeed.abi.UnpackIntoInterface(out, "Stale", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedTooFewPresent represents a TooFewPresent error raised by the PriceFeed contract.
type PriceFeedTooFewPresent struct {
	Present *big.Int
	Quorum  *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooFewPresent(uint256 present, uint256 quorum)
func PriceFeedTooFewPresentErrorID() common.Hash {
	return common.HexToHash("0x6773e29d2924852e5afc9e46febf1142ae220be53c7082b9ff054c5ee77faf5d")
}

// UnpackTooFewPresentError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooFewPresent(uint256 present, uint256 quorum)
func (priceFeed *PriceFeed) UnpackTooFewPresentError(raw []byte) (*PriceFeedTooFewPresent, error) {
	out := new(PriceFeedTooFewPresent)
	if err := priceFeed.abi.UnpackIntoInterface(out, "TooFewPresent", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedWrongCommittee represents a WrongCommittee error raised by the PriceFeed contract.
type PriceFeedWrongCommittee struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongCommittee(uint256 got, uint256 want)
func PriceFeedWrongCommitteeErrorID() common.Hash {
	return common.HexToHash("0x39aa9af29439c383b70a09aef7b9d8b09619eb58427bbf608d730da9954e6aaf")
}

// UnpackWrongCommitteeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongCommittee(uint256 got, uint256 want)
func (priceFeed *PriceFeed) UnpackWrongCommitteeError(raw []byte) (*PriceFeedWrongCommittee, error) {
	out := new(PriceFeedWrongCommittee)
	if err := priceFeed.abi.UnpackIntoInterface(out, "WrongCommittee", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedWrongOutlier represents a WrongOutlier error raised by the PriceFeed contract.
type PriceFeedWrongOutlier struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongOutlier(uint256 got, uint256 want)
func PriceFeedWrongOutlierErrorID() common.Hash {
	return common.HexToHash("0xfa4a63bd6996fa06cfa98ceff2a0dbf461abdd3da3f8c14be154eb34d1bb14f5")
}

// UnpackWrongOutlierError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongOutlier(uint256 got, uint256 want)
func (priceFeed *PriceFeed) UnpackWrongOutlierError(raw []byte) (*PriceFeedWrongOutlier, error) {
	out := new(PriceFeedWrongOutlier)
	if err := priceFeed.abi.UnpackIntoInterface(out, "WrongOutlier", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedWrongQuorum represents a WrongQuorum error raised by the PriceFeed contract.
type PriceFeedWrongQuorum struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongQuorum(uint256 got, uint256 want)
func PriceFeedWrongQuorumErrorID() common.Hash {
	return common.HexToHash("0x684bd54ce774fbab880f53bb6c2646832e3693418b5c24e6ca4c38e1f485d096")
}

// UnpackWrongQuorumError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongQuorum(uint256 got, uint256 want)
func (priceFeed *PriceFeed) UnpackWrongQuorumError(raw []byte) (*PriceFeedWrongQuorum, error) {
	out := new(PriceFeedWrongQuorum)
	if err := priceFeed.abi.UnpackIntoInterface(out, "WrongQuorum", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// PriceFeedWrongScope represents a WrongScope error raised by the PriceFeed contract.
type PriceFeedWrongScope struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error WrongScope(uint256 got, uint256 want)
func PriceFeedWrongScopeErrorID() common.Hash {
	return common.HexToHash("0x14e695069d6ac85190786d1c3dedbb4dc9767d40538f2dc8a05ef65d93537e3b")
}

// UnpackWrongScopeError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error WrongScope(uint256 got, uint256 want)
func (priceFeed *PriceFeed) UnpackWrongScopeError(raw []byte) (*PriceFeedWrongScope, error) {
	out := new(PriceFeedWrongScope)
	if err := priceFeed.abi.UnpackIntoInterface(out, "WrongScope", raw); err != nil {
		return nil, err
	}
	return out, nil
}

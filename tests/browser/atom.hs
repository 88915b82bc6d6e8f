{-# LANGUAGE OverloadedStrings #-}

-- Judges Atom feeds (RFC 4287) with Haskell's library `feed`: it must read each as one, and find every entry valid.
module Main (main) where

import Control.Monad (unless)
import Data.Default.Class (def)
import Data.XML.Types (Document (documentRoot), Element (elementName, elementNodes), Node (NodeElement))
import System.Environment (getArgs)
import System.Exit (die)
import Text.Atom.Feed.Validate (flattenT, validateEntry)
import Text.Feed.Import (parseFeedFromFile)
import Text.Feed.Types (Feed (AtomFeed))
import qualified Text.XML.Unresolved as XML

main :: IO ()
main = mapM_ judge =<< getArgs

judge :: FilePath -> IO ()
judge file = do
  feed <- parseFeedFromFile file
  case feed of
    Just (AtomFeed _) -> pure ()
    _ -> die (file ++ ": not an Atom feed")
  root <- documentRoot <$> XML.readFile def file
  let named name parent = [child | NodeElement child <- elementNodes parent, elementName child == name]
      entries = named "{http://www.w3.org/2005/Atom}entry" root
      -- An entry without an author has the feed's (section 4.2.1), which the library does not look at.
      fromFeed = ["Required 'author' element missing" | _ <- take 1 (named "{http://www.w3.org/2005/Atom}author" root)]
      problems = [problem | entry <- entries, (True, problem) <- flattenT (validateEntry entry), problem `notElem` fromFeed]
  unless (null problems) $ die (unlines (map ((file ++ ": ") ++) problems))
  putStrLn (file ++ ": " ++ show (length entries) ++ " entries, no error")
